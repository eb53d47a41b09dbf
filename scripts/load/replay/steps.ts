/** The steps of a fan's journey, in order; signing up runs concurrently with waiting. */
export const STEPS = ['enter', 'signUp', 'wait', 'claim', 'hold', 'pay', 'verify'] as const
export type Step = (typeof STEPS)[number]

/** `buying`: from the first claim to the confirmed payment. `whole`: from arrival to the confirmed payment. */
export const WHOLES = ['buying', 'whole'] as const
export type Whole = (typeof WHOLES)[number]

/** How long each completed step took, in milliseconds, in no order. A step left half-way is not in it. */
export type Samples = Record<Step | Whole, number[]>

export function createSamples(): Samples {
  return { enter: [], signUp: [], wait: [], claim: [], hold: [], pay: [], verify: [], buying: [], whole: [] }
}
