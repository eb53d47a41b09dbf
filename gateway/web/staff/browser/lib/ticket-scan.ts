import type { Confirmable } from '../../staff-verdict.ts'
import type { OwnVerdict } from './ticket-evaluate.ts'

/** What this device judged. */
export type Scan = {
  id: string
  festival: string
  /** What was scanned or typed; forgotten once it was sent. */
  qr: string
  gate: string
  /** ISO 8601, by this device's clock. */
  at: string
  /** The server's clock minus this device's in milliseconds, as known when it was scanned. */
  offsetMs?: number | undefined
  /** What was shown; missing in scans that an older page wrote, which let somebody in. */
  verdict?: OwnVerdict['result']
  /** What staff have confirmed for it. */
  confirmed?: Confirmable[]
  /** What stands for the ticket's code; undefined when the device could not compute it. */
  hash: string | undefined
  /** The ticket in words, to show. */
  label: string
  /** `waiting` for a network; `sent`; `conflict`: the server says that it should not have been let in. */
  state: 'waiting' | 'sent' | 'conflict'
  isUndone: boolean
  /** When it was taken back, by the server's clock; ISO 8601. */
  undoneAt?: string
  /** What the server says, of a conflict. */
  conflict?: Conflict
}

export type Conflict = { result: string; at?: string; gate?: string }

/** Whether somebody was let in with it. */
export function isAdmission({ verdict = 'admitted' }: Scan): boolean {
  return verdict === 'admitted'
}

/** When it was scanned, by the server's clock. */
export function scannedAt({ at, offsetMs = 0 }: Scan): string {
  return new Date(Date.parse(at) + offsetMs).toISOString()
}
