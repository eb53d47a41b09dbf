import type { Confirmable, ServerVerdict, VerdictDetail } from '../../drizzle/schema/gate.ts'
import type { TicketFlag } from '../../drizzle/schema/purchases.ts'
import type { UnknownWhy } from '../../shared/api/check-ins.ts'
import type { CheckInWindow } from './check-in-window.ts'

/** The facts that decide about a scan. */
export type ScanFacts =
  | { ticket: 'unknown'; why: UnknownWhy }
  | {
      ticket: 'found'
      isVoid: boolean
      flag: TicketFlag | null
      /** The live check-in, where there is one. */
      usedBy: { at: Date; gate: string } | undefined
    }

export type Judgement = { verdict: Exclude<ServerVerdict, 'valid'>; detail: VerdictDetail }

/**
 * Evaluates a scan by what MySQL has. Final refusals come first: staff confirm only what would then admit.
 *
 * @param scan.at - when it was scanned, by the server's clock
 * @param scan.confirmed - what staff have confirmed for this scan
 */
export function evaluateScan(
  facts: ScanFacts,
  scan: { at: Date; window: CheckInWindow; confirmed: readonly Confirmable[] },
): Judgement {
  if (facts.ticket === 'unknown') return { verdict: 'unknown', detail: { why: facts.why } }
  if (facts.usedBy !== undefined) {
    const { at, gate } = facts.usedBy
    return { verdict: 'already-used', detail: { usedAt: at.toISOString(), usedGate: gate } }
  }
  if (facts.isVoid) return { verdict: 'void', detail: {} }
  const { flag } = facts
  if (isHeldBack(flag) && !scan.confirmed.includes('flagged')) {
    return { verdict: 'flagged', detail: { flag } }
  }
  const { opensAt, closesAt } = scan.window
  if ((scan.at < opensAt || scan.at > closesAt) && !scan.confirmed.includes('outside-window')) {
    const detail = { opensAt: opensAt.toISOString(), closesAt: closesAt.toISOString() }
    return { verdict: 'outside-window', detail }
  }
  return { verdict: 'admitted', detail: flag === null ? {} : { flag } }
}

/** Whether a ticket admits only after confirmation by staff. */
export function isHeldBack(flag: TicketFlag | null): flag is 'disputed' | 'refunded' {
  return flag === 'disputed' || flag === 'refunded'
}
