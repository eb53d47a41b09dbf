import type { Step } from './steps.ts'

/** What went wrong for a fan, and where on their way. */
export type FanError = {
  step: Step | 'arrive'
  status?: number | undefined
  /** The problem's code. */
  code?: string | undefined
  detail: string
}

/** How a fan's way ends before they have a ticket. */
export type End =
  /** The sale ended without them, and they were told so. */
  | { outcome: 'turned-away'; reason: string }
  /** Their card was declined as often as they tried. */
  | { outcome: 'declined' }
  /** They had paid, and got their money back because no unit was left: an error, and not theirs. */
  | { outcome: 'refunded' | 'error'; error: FanError }
  // These two come to all fans at once: the time of the replay is over, or someone pressed Ctrl-C.
  | { outcome: 'gave-up' }
  | { outcome: 'stopped' }

/** Thrown by any step, however deep, to end a fan's way; caught where the way begins. */
export class Leaving extends Error {
  readonly end: End

  constructor(end: End) {
    super(end.outcome)
    this.name = 'Leaving'
    this.end = end
  }
}

export function rejected(reason: string): Leaving {
  return new Leaving({ outcome: 'turned-away', reason })
}

export function failed(step: FanError['step'], error: Omit<FanError, 'step'>): Leaving {
  return new Leaving({ outcome: 'error', error: { step, ...error } })
}
