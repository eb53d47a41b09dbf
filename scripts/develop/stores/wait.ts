import { setTimeout as sleep } from 'node:timers/promises'

export type WaitOptions = {
  timeoutMs: number
  everyMs?: number | undefined
  signal?: AbortSignal | undefined
}

/**
 * Checks repeatedly until the condition holds: returns true then, false when the time is up. A condition that throws
 * does not hold yet. Aborting the signal throws its reason.
 */
export async function waitUntil(
  holds: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 20, signal }: WaitOptions,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    try {
      if (await holds()) return true
    } catch {
      // not yet
    }
    if (performance.now() >= deadline) return false
    await sleep(everyMs, undefined, { signal }).catch(() => {}) // aborted: seen above
  }
}

/** Whether the promise settles in time. */
export async function settles(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController()
  const late = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false)
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    timer.abort()
  }
}
