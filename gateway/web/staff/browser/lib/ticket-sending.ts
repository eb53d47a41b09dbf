import type { checkInBatchRoute, undoCheckInRoute } from '../../../../../shared/api/check-ins.ts'
import { ask } from '../../../layout/browser/lib/api.ts'
import type { GateClock } from './ticket-clock.ts'
import type { GateLog } from './ticket-log.ts'
import { reconcile, type SendBatch } from './ticket-reconcile.ts'
import type { Scan } from './ticket-scan.ts'
import { type GateServer, GUEST_PATIENCE_MS } from './ticket-server.ts'
import type { GateStats } from './ticket-stats.ts'

type Sending = {
  festival: string
  device: string
  clock: GateClock
  log: GateLog
  server: GateServer
  stats: GateStats
  onChange: () => void
}

/** Tells the server of what this device did without it. */
export type GateSending = {
  /** Undoes a check-in; `away` when it was already sent and the network is unavailable. */
  undo(scan: Scan): Promise<{ status: 'undone' | 'unavailable' }>
  sendWaiting(): Promise<void>
}

export function createSending(sending: Sending): GateSending {
  const { festival, device, clock, log, server, stats, onChange } = sending
  let isReconciling = false

  const sendBatch: SendBatch = (scans) =>
    server.waitFor(
      ask<typeof checkInBatchRoute>('post', '/check-ins/batch', {
        body: { festival, device, scans, sentAt: new Date().toISOString() },
      }),
    )

  /** A guest whom the server has admitted no longer counts as waiting. */
  async function noteSent(...[id, change]: Parameters<GateLog['change']>): Promise<void> {
    await log.change(id, change)
    if (change.state === 'sent' && change.isUndone !== true) stats.noteChange(1)
  }

  async function sendWaiting(): Promise<void> {
    if (isReconciling) return
    isReconciling = true
    try {
      await reconcile({ ...log, change: noteSent }, sendBatch)
    } finally {
      isReconciling = false
      onChange()
    }
  }

  return {
    sendWaiting,
    async undo(scan) {
      if (scan.state === 'sent' && !(await undoAtServer(server, scan.id))) return { status: 'unavailable' }
      const undoneAt = new Date(clock.nowMs()).toISOString()
      await log.change(scan.id, { isUndone: true, undoneAt })
      if (scan.state === 'sent') stats.noteChange(-1)
      onChange()
      // The server may have the scan although its response was lost, so the undo is sent in either case.
      if (scan.state === 'waiting') void sendWaiting()
      return { status: 'undone' }
    },
  }
}

/** Whether the server has undone the check-in, or has none. */
async function undoAtServer(server: GateServer, id: string): Promise<boolean> {
  const answer = await server.waitFor(
    ask<typeof undoCheckInRoute>('delete', '/check-ins/{id}', { params: { id } }),
    { patienceMs: GUEST_PATIENCE_MS },
  )
  return answer.status === 'done' || (answer.status === 'refused' && answer.problem.status === 404)
}
