import { setImmediate as nextTurn } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { type PdfFonts, readPdfFonts } from '../../../shared/pdf/fonts.ts'
import { printTickets } from '../../../shared/pdf/print-tickets.ts'
import type { RenderJob, RenderReply, RenderRequest } from './jobs.ts'
import { qrSvg } from './qr-svg.ts'

/**
 * The rendering thread. It works in slices, so that a job can be cancelled and a short one need not wait for a long
 * one.
 */

const cancelled = new Set<number>()
const running = new Set<number>()
let fonts: PdfFonts | undefined

parentPort?.on('message', (request: RenderRequest) => {
  if (!('cancel' in request)) void run(request)
  else if (running.has(request.id)) cancelled.add(request.id)
})

async function run({ id, job }: Extract<RenderRequest, { job: RenderJob }>): Promise<void> {
  running.add(id)
  try {
    send({ id, result: await render(job, () => slice(id)) })
  } catch (error) {
    send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  } finally {
    running.delete(id)
    cancelled.delete(id)
  }
}

async function render(
  job: RenderJob,
  slice: () => Promise<void>,
): Promise<string[] | Uint8Array<ArrayBuffer>> {
  if (job.kind === 'pdf') {
    fonts ??= readPdfFonts()
    return await printTickets(fonts, job.tickets, slice)
  }
  const codes: string[] = []
  for (const text of job.texts) {
    await slice()
    codes.push(qrSvg(text))
  }
  return codes
}

/** Lets other messages be processed; throws when the job was cancelled. */
async function slice(id: number): Promise<void> {
  await nextTurn()
  if (cancelled.has(id)) throw new Error('The job was cancelled')
}

function send(reply: RenderReply): void {
  parentPort?.postMessage(reply)
}
