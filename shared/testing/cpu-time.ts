const REPEATS = 3
/** Below this, the growth of the cost cannot be distinguished from the runtime's own work. */
const NOISE_MS = 12
/** A factor of four is quadratic, two is linear. */
const GROWTH_MAX = 3

/**
 * The minimum CPU time that this thread spent on a run, of several. Other processes and threads are not counted, so
 * that a busy host changes little.
 *
 * @param enoughMs - a run that took less ends the series
 */
export async function cpuMsOf(run: () => unknown, enoughMs = NOISE_MS): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < REPEATS; i += 1) {
    const before = process.threadCpuUsage()
    await run()
    const { user, system } = process.threadCpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
    if (least < enoughMs) break
  }
  return least
}

/**
 * Whether a cost grows faster than its input: whether doubling the input at least triples the CPU time, twice in a row
 * up to `size`. False when the cost at `size` is negligible.
 *
 * @param run - does the work for an input of a size
 */
export async function growsTooFast(run: (size: number) => unknown, size: number): Promise<boolean> {
  const full = await cpuMsOf(() => run(size))
  if (full < NOISE_MS) return false
  const half = await cpuMsOf(() => run(size / 2))
  return full > half * GROWTH_MAX && half > GROWTH_MAX * (await cpuMsOf(() => run(size / 4)))
}
