import type { Facts } from './facts.ts'
import type { Finding, Verdict } from './finding.ts'

/**
 * Invariant 8: a ticket is checked in at most once unless a check-in was undone. A check-in that counts belongs to a
 * valid ticket: a void one is refused at the gate, and an order with a used ticket cannot be cancelled. MySQL is read
 * as one snapshot, so this is exact whatever happens at the gates meanwhile.
 */
export function checkGate({ sales: { tickets, checkIns } }: Facts): Verdict {
  const voided = new Set(tickets.filter(({ isVoid }) => isVoid).map(({ id }) => id))
  const used = new Set<string>()
  const findings: Finding[] = []
  for (const { id, ticket, gate, isLive, isUndone } of checkIns) {
    const detail = `ticket ${ticket}, ${gate}`
    if (isLive === isUndone) {
      const breach = isUndone ? 'a check-in was undone and counts' : 'a check-in counts for nothing'
      findings.push({ breach, id, detail })
    }
    if (isUndone) continue
    if (used.has(ticket)) findings.push({ breach: 'a ticket is checked in twice', id: ticket, detail: gate })
    if (voided.has(ticket)) findings.push({ breach: 'a void ticket is checked in', id: ticket, detail: gate })
    used.add(ticket)
  }
  return { checked: { tickets: tickets.length, checkIns: checkIns.length }, findings }
}
