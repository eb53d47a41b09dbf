import type { Answer } from './api.ts'
import type { GateLog } from './ticket-log.ts'
import type { Scan } from './ticket-scan.ts'

export type SentScan = { id: string; qr: string; gate: string; at: string; undone?: boolean }
export type BatchResult = { result: string; at?: string; gate?: string }
export type SendBatch = (scans: SentScan[]) => Promise<Answer<{ results: BatchResult[] }>>

/** As the API takes. */
const BATCH_MAX = 25

/**
 * Sends what waits for the network, oldest first, until nothing does or it stops answering. Scans that the server says
 * no to become conflicts, for someone to look at.
 *
 * @returns whether nothing waits any more
 */
export async function reconcile(log: GateLog, send: SendBatch): Promise<boolean> {
  let size = BATCH_MAX
  for (;;) {
    const batch = log.waiting().slice(0, size)
    if (batch.length === 0) return true
    const answer = await send(batch.map(toSend))
    if (answer.status === 'done') {
      const { results } = answer.body
      await settleAll(log, batch, results)
      if (results.length < batch.length) return false
    } else if (answer.status === 'away' || mayPass(answer.problem.status)) {
      return false
    } else {
      // One of them cannot be understood: each by itself, so that it holds up none of the others.
      if (size === 1) await settleAll(log, batch, [{ result: answer.problem.code }])
      size = 1
    }
  }
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
  if (result === 'undone' || scan.isUndone) {
    return await log.change(scan.id, { state: 'sent', isUndone: true })
  }
  if (result === 'admitted') {
    // Taken back while it was under way: it waits on, to be sent as undone.
    if (log.of(scan.id)?.isUndone !== true) await log.change(scan.id, { state: 'sent' })
    return
  }
  const where = { ...(at === undefined ? {} : { at }), ...(gate === undefined ? {} : { gate }) }
  await log.change(scan.id, { state: 'conflict', conflict: { result, ...where } })
}

function toSend({ id, qr, gate, at, isUndone }: Scan): SentScan {
  return { id, qr, gate, at, ...(isUndone ? { undone: true } : {}) }
}

/** Signed out, too many, a part of the service away: the scans are good, and sent again later. */
function mayPass(status: number): boolean {
  return [401, 403, 408, 429].includes(status) || status >= 500
}
