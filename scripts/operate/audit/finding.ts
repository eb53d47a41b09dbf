/** A breach of an invariant. Findings with the same `breach` are shown together. */
export type Finding = {
  /** The error, in words that apply to every such finding. */
  breach: string
  /** The subject: the ID of a payment, an order, an account, or a ticket type and number. */
  id: string
  detail?: string
}

/** The things that a check counts. */
export const COUNTED = {
  ticketTypes: ['ticket type', 'ticket types'],
  units: ['unit', 'units'],
  orders: ['order', 'orders'],
  tickets: ['ticket', 'tickets'],
  checkIns: ['check-in', 'check-ins'],
  payments: ['payment', 'payments'],
  charges: ['charge', 'charges'],
  accounts: ['account', 'accounts'],
  livePasses: ['live pass', 'live passes'],
  calls: ['recent call', 'recent calls'],
  entries: ['entry', 'entries'],
  called: ['place called', 'places called'],
  claims: ['claim', 'claims'],
  retryRecords: ['retry record', 'retry records'],
} as const satisfies Record<string, readonly [one: string, many: string]>

export type Checked = Partial<Record<keyof typeof COUNTED, number>>

/** The result of one check: how much it checked, and its findings. */
export type Verdict = { checked: Checked; findings: Finding[] }
