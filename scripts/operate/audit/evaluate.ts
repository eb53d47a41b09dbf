import { checkAdmission } from './check-admission.ts'
import { checkCharges } from './check-charges.ts'
import { checkGate } from './check-gate.ts'
import { checkLimits } from './check-limits.ts'
import { checkOrder } from './check-order.ts'
import { checkOrders } from './check-orders.ts'
import { checkPositions } from './check-positions.ts'
import { checkUnits } from './check-units.ts'
import type { Facts } from './facts.ts'
import type { Verdict } from './finding.ts'

export type Invariant = {
  /** The number in DESIGN.md. */
  number: number
  title: string
  /** Whether payments in flight widen the bounds. */
  isLenient: boolean
  check: (facts: Facts) => Verdict
}

export const INVARIANTS: readonly Invariant[] = [
  {
    number: 1,
    title: 'Every unit is free, held or sold, in Redis and in MySQL',
    isLenient: true,
    check: checkUnits,
  },
  {
    number: 2,
    title: 'A unit belongs to one order, and an order owns what it paid for',
    isLenient: false,
    check: checkOrders,
  },
  {
    number: 3,
    title: 'Every charge is an order or was given back, and every order has one',
    isLenient: true,
    check: checkCharges,
  },
  { number: 4, title: 'No account exceeds its limit of a type', isLenient: true, check: checkLimits },
  { number: 5, title: 'Live passes and calls keep to their limits', isLenient: false, check: checkAdmission },
  { number: 6, title: 'Positions are a permutation', isLenient: false, check: checkPositions },
  {
    number: 7,
    title: 'Nobody is called before someone with a lower position',
    isLenient: false,
    check: checkOrder,
  },
  { number: 8, title: 'A ticket is checked in at most once', isLenient: false, check: checkGate },
]

/** A verdict for each invariant, by its number. */
export function judge(facts: Facts): Map<number, Verdict> {
  return new Map(INVARIANTS.map(({ number, check }) => [number, check(facts)]))
}
