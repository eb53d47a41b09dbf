/** Something that breaks an invariant. Findings with the same `breach` are shown together. */
export type Finding = {
  /** What is wrong, in words that hold for every such finding. */
  breach: string
  /** What it is wrong with: the ID of a payment, an order, an account, or a ticket type and number. */
  id: string
  detail?: string
}

/** What a check can have looked at, as it is counted in words. */
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

/** What came of one check: how much it looked at, and what it found. */
export type Verdict = { checked: Checked; findings: Finding[] }
