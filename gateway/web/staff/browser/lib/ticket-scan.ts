import type { Confirmable } from '../../staff-verdict.ts'
import type { OwnVerdict } from './ticket-evaluate.ts'

/** A scan evaluated by this device. */
export type Scan = {
  id: string
  festival: string
  /** The scanned or typed text; deleted once it was sent. */
  qr: string
  gate: string
  /** ISO 8601, by this device's clock. */
  at: string
  /** The server's clock minus this device's in milliseconds, as known when it was scanned. */
  offsetMs?: number | undefined
  /** The shown verdict; missing in scans stored by an older page, all of which admitted a guest. */
  verdict?: OwnVerdict['result']
  /** What staff have confirmed for it. */
  confirmed?: Confirmable[]
  /** The hash of the ticket's code; undefined when the device could not compute it. */
  hash: string | undefined
  /** The ticket's label. */
  label: string
  /** `waiting` for a network; `sent`; `conflict`: the server would not have admitted it. */
  state: 'waiting' | 'sent' | 'conflict'
  isUndone: boolean
  /** When it was undone, by the server's clock; ISO 8601. */
  undoneAt?: string
  /** The server's result for a conflict. */
  conflict?: Conflict
}

export type Conflict = { result: string; at?: string; gate?: string }

/** Whether a guest was admitted with it. */
export function isAdmission({ verdict = 'admitted' }: Scan): boolean {
  return verdict === 'admitted'
}

/** When it was scanned, by the server's clock. */
export function scannedAt({ at, offsetMs = 0 }: Scan): string {
  return new Date(Date.parse(at) + offsetMs).toISOString()
}
