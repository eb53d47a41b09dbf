import { createSamples, type Samples } from './steps.ts'

/** The state and outcome of all fans: used by the progress line and the sums of the report. */
export type Crowd = {
  arrived: number
  entered: number
  admitted: number
  /** In the room, without a pass yet. */
  waiting: number
  /** With a pass, before the ticket. */
  active: number
  paid: number
  rejected: number
  errors: number
  retries: number
  waited: number
  turnsMissed: number
  samples: Samples
  /** When each payment was confirmed, in milliseconds since the start of the replay. */
  confirmedMs: number[]
}

export function createCrowd(): Crowd {
  return {
    arrived: 0,
    entered: 0,
    admitted: 0,
    waiting: 0,
    active: 0,
    paid: 0,
    rejected: 0,
    errors: 0,
    retries: 0,
    waited: 0,
    turnsMissed: 0,
    samples: createSamples(),
    confirmedMs: [],
  }
}
