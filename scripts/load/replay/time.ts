import { pause } from '../../../shared/runtime/loop.ts'

/** The clock of the fans; tests use a faster one. */
export type Time = {
  /** Monotonic milliseconds. */
  now(): number
  /** Resolves after some time; throws the signal's reason as soon as it is aborted. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>
}

export const realTime: Time = {
  now: () => performance.now(),
  async pause(milliseconds, signal) {
    await pause(milliseconds, signal)
    signal.throwIfAborted()
  },
}

/** A time varied by `share` in either direction, so that waiting clients do not return at the same time. */
export function jittered(milliseconds: number, share: number, random: () => number): number {
  return milliseconds * (1 + share * (2 * random() - 1))
}
