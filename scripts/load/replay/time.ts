import { pause } from '../../../shared/runtime/loop.ts'

/** Time as the fans live it; tests give them a faster one. */
export type Time = {
  /** Milliseconds that only go forward. */
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

/** A time varied by `share` either way, so that many who wait do not all come back together. */
export function jittered(milliseconds: number, share: number, random: () => number): number {
  return milliseconds * (1 + share * (2 * random() - 1))
}
