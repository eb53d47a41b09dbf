import fc from 'fast-check'
import { buy, hold, pay, type Recording, release } from './fan-steps.ts'
import { FANS, type Step } from './model.ts'
import {
  build,
  cancel,
  decide,
  kill,
  land,
  make,
  proceed,
  receive,
  reconcileAll,
  sweep,
  tick,
  wipe,
  work,
} from './origin-steps.ts'
import type { Way } from './ways.ts'

const fan = fc.nat({ max: FANS - 1 })
const pick = fc.nat({ max: 11 })
const worker = fc.constantFrom('a', 'b')
const way: fc.Arbitrary<Way> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Way>('done') },
  { weight: 7, arbitrary: fc.constantFrom<Way>('refused', 'lost', 'lost', 'late', 'late', 'nonsense') },
)
const tab = fc.constantFrom('last' as const, 'last' as const, 'other' as const)
const method = fc.constantFrom('card-ok', 'card-ok', 'card-declined')

const basket = [fc.nat({ max: 2 }), fc.nat({ max: 2 })] as const
/** The key of a possibly repeated request, and of one that most likely is not. */
const key = fc.nat({ max: 3 })
const newKey = fc.nat({ max: 100 })

const recording: fc.Arbitrary<Recording> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Recording>('done') },
  { weight: 3, arbitrary: fc.constantFrom<Recording>('refused', 'lost') },
)
const purchase = fc.tuple(fan, ...basket, newKey, method, recording)
/** Entirely, or up to one of its requests. */
const making = fc.tuple(fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 7 })), way)

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fan, ...basket).map(hold) },
  { weight: 6, arbitrary: purchase.map(buy) },
  { weight: 12, arbitrary: fc.tuple(purchase, making).map(make) },
  { weight: 2, arbitrary: fan.map(release) },
  { weight: 4, arbitrary: fc.tuple(fan, key, method, tab, recording).map(pay) },
  { weight: 10, arbitrary: fc.tuple(worker, fc.constantFrom('new', 'new', 'rested')).map(work) },
  { weight: 24, arbitrary: fc.tuple(pick, pick, fc.constantFrom(1, 1, 2, 3, 4, 5, 12), way).map(proceed) },
  { weight: 3, arbitrary: pick.map(kill) },
  { weight: 3, arbitrary: fc.constantFrom(1, 3, 6, 6, 17).map(tick) },
  { weight: 2, arbitrary: fc.constant(sweep) },
  {
    weight: 8,
    arbitrary: fc.tuple(pick, fc.constantFrom('fan', 'organiser'), fc.constantFrom(1, 2)).map(cancel),
  },
  { weight: 2, arbitrary: fc.constant(reconcileAll) },
  { weight: 2, arbitrary: pick.map(receive) },
  { weight: 1, arbitrary: fc.constantFrom('retry', 'dismiss').map(decide) },
  { weight: 1, arbitrary: fc.constant(land) },
  { weight: 5, arbitrary: fc.constantFrom(wipe, build, build, build) },
)

/** Their names in a counterexample. */
export const steps: fc.Arbitrary<Step> = anyStep.map((step) => ({
  ...step,
  [fc.toStringMethod]: () => step.name,
}))
