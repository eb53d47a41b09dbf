import type { Asker } from './client.ts'
import type { Crowd } from './crowd.ts'
import type { FanRecord } from './fan-record.ts'
import { type End, type FanError, Leaving } from './leaving.ts'
import type { Step } from './steps.ts'
import type { Time } from './time.ts'

export type StepRun = Asker & { readonly step: Step; readonly startedMs: number }

/** One fan's journey: their state, the duration of each step, and what they are told. */
export type Journey = {
  readonly record: FanRecord
  readonly signal: AbortSignal
  /** Returns a number in [0, 1). */
  readonly random: () => number
  begin(step: Step): StepRun
  /** Measures a step that is completed; others are not in the statistics. */
  end(run: StepRun): void
  /** They have a place, possibly after an earlier one. */
  enter(): void
  missTurn(): void
  /** They have a pass. */
  admit(): void
  /** Their payment is confirmed. */
  confirm(order: string): void
  /** Ends the journey: as completed, or with the error thrown. */
  leave(thrown?: unknown): void
}

export type JourneyOptions = {
  record: FanRecord
  signal: AbortSignal
  random: () => number
  crowd: Crowd
  time: Time
}

/** Begins as the fan arrives. */
export function createJourney({ record, signal, random, crowd, time }: JourneyOptions): Journey {
  const arrivedMs = time.now()
  let stage: 'arrived' | 'waiting' | 'active' | 'left' = 'arrived'
  let reached: FanError['step'] = 'arrive'
  // The client's own queueing so far, which is subtracted from the gateway's time. Signing up runs concurrently.
  let queuedMs = 0
  let buying = { startedMs: arrivedMs, queuedMs }
  if (!signal.aborted) crowd.arrived += 1

  function move(to: typeof stage): void {
    if (stage === 'waiting' || stage === 'active') crowd[stage] -= 1
    if (to === 'waiting' || to === 'active') crowd[to] += 1
    stage = to
  }

  return {
    record,
    signal,
    random,
    begin(step) {
      const startedMs = time.now()
      if (step !== 'signUp') reached = step
      if (step === 'claim') buying = { startedMs, queuedMs }
      return { step, signal, random, counts: crowd, startedMs, queuedMs: 0 }
    },
    end(run) {
      crowd.samples[run.step].push(time.now() - run.startedMs - run.queuedMs)
      if (run.step !== 'signUp') queuedMs += run.queuedMs
    },
    enter() {
      if (reached === 'enter' && stage === 'arrived') crowd.entered += 1
      move('waiting')
    },
    missTurn() {
      crowd.turnsMissed += 1
    },
    admit() {
      crowd.admitted += 1
      move('active')
    },
    confirm(order) {
      const nowMs = time.now()
      record.outcome = 'confirmed'
      record.orderId = order
      crowd.paid += 1
      crowd.confirmedMs.push(nowMs)
      crowd.samples.buying.push(nowMs - buying.startedMs - (queuedMs - buying.queuedMs))
      crowd.samples.whole.push(nowMs - arrivedMs - queuedMs)
    },
    leave(thrown) {
      move('left')
      if (thrown === undefined) return
      const end = endOf(thrown, reached)
      if (end.outcome === 'rejected') {
        record.reason = end.reason
        crowd.rejected += 1
      }
      if ('error' in end) {
        record.error = end.error
        crowd.errors += 1
      }
      if (record.outcome !== 'confirmed') record.outcome = end.outcome
    },
  }
}

function endOf(thrown: unknown, step: FanError['step']): Exclude<End, { outcome: 'gave-up' }> {
  if (!(thrown instanceof Leaving)) {
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    return { outcome: 'error', error: { step, detail } }
  }
  if (thrown.end.outcome !== 'gave-up') return thrown.end
  return { outcome: 'error', error: { step, detail: 'gave up: the time of the replay was over' } }
}
