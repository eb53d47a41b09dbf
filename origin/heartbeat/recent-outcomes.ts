import type { Clock } from '../../shared/runtime/clock.ts'

/**
 * The outcomes of payments in the last minute; `errors` ones have not ended, and are retried or were dead-lettered.
 */
export type RecentOutcomes = { confirmed: number; declined: number; errors: number }

/** Counts the outcomes of this origin's payments over a sliding minute. */
export type OutcomeCounter = {
  /** @param outcome - as the payment worker names it */
  count(room: string, outcome: string): void
  /** By room, those with any. */
  lastMinute(): Record<string, RecentOutcomes>
}

const SLOT_MS = 5000
const SLOTS = 12
/** Outcomes that need no attention. */
const NEUTRAL_ENDS = new Set(['refunding', 'refunded', 'expired', 'turn-ended', 'action', 'refund-pending'])

export function createOutcomeCounter(now: Clock): OutcomeCounter {
  const rooms = new Map<string, Map<number, RecentOutcomes>>()
  return {
    count(room, outcome) {
      const kind = kindOf(outcome)
      if (kind === undefined) return
      const slots = rooms.get(room) ?? new Map<number, RecentOutcomes>()
      rooms.set(room, slots)
      const slot = Math.floor(now() / SLOT_MS)
      const counts = slots.get(slot) ?? { confirmed: 0, declined: 0, errors: 0 }
      counts[kind] += 1
      slots.set(slot, counts)
      forgetBefore(slots, slot - SLOTS)
    },
    lastMinute() {
      const oldest = Math.floor(now() / SLOT_MS) - SLOTS
      for (const [room, slots] of rooms) {
        forgetBefore(slots, oldest)
        if (slots.size === 0) rooms.delete(room)
      }
      return Object.fromEntries([...rooms].map(([room, slots]) => [room, sumOf([...slots.values()])]))
    },
  }
}

function kindOf(outcome: string): keyof RecentOutcomes | undefined {
  if (outcome === 'confirmed' || outcome === 'declined') return outcome
  return NEUTRAL_ENDS.has(outcome) ? undefined : 'errors'
}

function forgetBefore(slots: Map<number, RecentOutcomes>, oldest: number): void {
  for (const slot of slots.keys()) if (slot <= oldest) slots.delete(slot)
}

export function sumOf(all: readonly RecentOutcomes[]): RecentOutcomes {
  const sum = { confirmed: 0, declined: 0, errors: 0 }
  for (const { confirmed, declined, errors } of all) {
    sum.confirmed += confirmed
    sum.declined += declined
    sum.errors += errors
  }
  return sum
}
