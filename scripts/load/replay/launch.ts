import pLimit from 'p-limit'
import type { Time } from './time.ts'

/** A fan who arrives `atMs` from the start; `begin` resolves when they are done, and never rejects. */
type Arrival = { atMs: number; begin: () => Promise<void> }

export type LaunchOptions = {
  /** The earliest first. */
  arrivals: readonly Arrival[]
  /** The maximum number of concurrent fans; others begin late. */
  fansMax: number
  /** Once aborted, all remaining fans begin immediately, and find that they are stopped. */
  signal: AbortSignal
  time: Time
}

/** Starts all fans when they arrive; resolves when all are done, with how late the latest one began. */
export async function launchFans({
  arrivals,
  fansMax,
  signal,
  time,
}: LaunchOptions): Promise<{ lateMaxMs: number }> {
  const limit = pLimit(fansMax)
  const startedMs = time.now()
  const done: Promise<void>[] = []
  let lateMaxMs = 0
  for (const { atMs, begin } of arrivals) {
    const dueMs = startedMs + atMs
    await untilDue(dueMs, signal, time)
    const way = limit(() => {
      if (!signal.aborted) lateMaxMs = Math.max(lateMaxMs, time.now() - dueMs)
      return begin()
    })
    done.push(way)
  }
  await Promise.all(done)
  return { lateMaxMs }
}

async function untilDue(dueMs: number, signal: AbortSignal, time: Time): Promise<void> {
  const early = dueMs - time.now()
  if (early <= 0 || signal.aborted) return
  try {
    await time.pause(early, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
