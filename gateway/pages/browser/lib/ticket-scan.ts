/** Someone this device let in. */
export type Scan = {
  id: string
  festival: string
  /** What was scanned or typed; forgotten once it was sent. */
  qr: string
  gate: string
  /** ISO 8601, by this device's clock. */
  at: string
  /** What stands for the ticket's code; undefined when the device could not compute it. */
  hash: string | undefined
  /** The ticket in words, to show. */
  label: string
  /** `waiting` for a network; `sent`; `conflict`: the server says that it should not have been let in. */
  state: 'waiting' | 'sent' | 'conflict'
  isUndone: boolean
  /** What the server says, of a conflict. */
  conflict?: Conflict
}

export type Conflict = { result: string; at?: string; gate?: string }
