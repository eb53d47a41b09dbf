import type { Answer } from '../../../layout/browser/lib/api.ts'
import type { GateLog } from './ticket-log.ts'
import { isAdmission, type Scan } from './ticket-scan.ts'

export type SentScan = Pick<Scan, 'id' | 'qr' | 'gate' | 'at' | 'offsetMs' | 'verdict' | 'confirmed'> & {
  undone?: boolean
}
export type BatchResult = { result: string; at?: string; gate?: string }
export type SendBatch = (scans: SentScan[]) => Promise<Answer<{ results: BatchResult[] }>>

/** The API's limit. */
const BATCH_MAX = 25

/**
 * Sends queued scans, oldest first, until none is left or the server stops responding. Admitted scans that the server
 * refuses become conflicts for a person to review; the server has them as well, and it alone has those of refused
 * tickets.
 *
 * @returns whether the queue is empty
 */
export async function reconcile(log: GateLog, send: SendBatch): Promise<boolean> {
  /** The number of scans to send singly, so that one that cannot be processed does not block the others. */
  let alone = 0
  for (;;) {
    const batch = log.waiting().slice(0, alone > 0 ? 1 : BATCH_MAX)
    if (batch.length === 0) return true
    const outcome = await sendBatch(log, batch, send)
    if (outcome === 'unavailable') return false
    alone = outcome === 'not-understood' ? batch.length : Math.max(0, alone - 1)
  }
}

async function sendBatch(
  log: GateLog,
  batch: readonly Scan[],
  send: SendBatch,
): Promise<'settled' | 'not-understood' | 'unavailable'> {
  const answer = await send(batch.map(toSend))
  if (answer.status === 'done') {
    const { results } = answer.body
    await settleAll(log, batch, results)
    return results.length < batch.length ? 'unavailable' : 'settled'
  }
  if (answer.status === 'unavailable' || mayPass(answer.problem.status)) return 'unavailable'
  if (batch.length > 1) return 'not-understood'
  const { code } = answer.problem
  for (const { id } of batch) await log.change(id, { state: 'conflict', conflict: { result: code } })
  return 'settled'
}

async function settleAll(
  log: GateLog,
  batch: readonly Scan[],
  results: readonly BatchResult[],
): Promise<void> {
  for (const [i, scan] of batch.entries()) {
    const result = results[i]
    if (result !== undefined) await settle(log, scan, result)
  }
}

async function settle(log: GateLog, scan: Scan, { result, at, gate }: BatchResult): Promise<void> {
  if (!isAdmission(scan)) return await log.forget(scan.id)
  if (result === 'undone' || scan.isUndone) {
    return await log.change(scan.id, { state: 'sent', isUndone: true })
  }
  if (result === 'admitted') {
    // Undone during the request: it stays queued, to be sent as undone.
    if (log.of(scan.id)?.isUndone !== true) await log.change(scan.id, { state: 'sent' })
    return
  }
  const where = { ...(at === undefined ? {} : { at }), ...(gate === undefined ? {} : { gate }) }
  await log.change(scan.id, { state: 'conflict', conflict: { result, ...where } })
}

function toSend({ id, qr, gate, at, offsetMs, verdict, confirmed = [], isUndone }: Scan): SentScan {
  return {
    ...{ id, qr, gate, at },
    ...(offsetMs === undefined ? {} : { offsetMs }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(confirmed.length === 0 ? {} : { confirmed }),
    ...(isUndone ? { undone: true } : {}),
  }
}

/** Signed out, rate limited or partly unavailable: the scans are valid, and sent again later. */
function mayPass(status: number): boolean {
  return [401, 403, 408, 429].includes(status) || status >= 500
}
