import type { Step } from './steps.ts'

/** A fan's error, and the step at which it occurred. */
export type FanError = {
  step: Step | 'arrive'
  status?: number | undefined
  /** The problem's code. */
  code?: string | undefined
  detail: string
}

/** How a fan's journey ends without a ticket. */
export type End =
  /** The sale ended without them, and they were told so. */
  | { outcome: 'rejected'; reason: string }
  /** Their card was declined at every attempt. */
  | { outcome: 'declined' }
  /** They had paid and were refunded because no unit was left: an error of the system. */
  | { outcome: 'refunded' | 'error'; error: FanError }
  // These two affect all fans: the time of the replay is over, or the user pressed Ctrl-C.
  | { outcome: 'gave-up' }
  | { outcome: 'stopped' }

/** Thrown by any step, however deep, to end a fan's journey; caught where the journey begins. */
export class Leaving extends Error {
  readonly end: End

  constructor(end: End) {
    super(end.outcome)
    this.name = 'Leaving'
    this.end = end
  }
}

export function rejected(reason: string): Leaving {
  return new Leaving({ outcome: 'rejected', reason })
}

export function failed(step: FanError['step'], error: Omit<FanError, 'step'>): Leaving {
  return new Leaving({ outcome: 'error', error: { step, ...error } })
}
