/** A distribution of times. All but `count` are null when nothing was measured. */
export type Stats = {
  count: number
  p50Ms: number | null
  p95Ms: number | null
  p99Ms: number | null
  maxMs: number | null
}

/** Exact: from all values, sorted; none is estimated from buckets. */
export function statsOf(values: readonly number[]): Stats {
  const sorted = Float64Array.from(values).sort()
  const rounded = (share: number) => {
    const value = percentile(sorted, share)
    return value === undefined ? null : toTenths(value)
  }
  return {
    count: sorted.length,
    p50Ms: rounded(0.5),
    p95Ms: rounded(0.95),
    p99Ms: rounded(0.99),
    maxMs: rounded(1),
  }
}

/**
 * The nearest-rank percentile: the smallest value that at least this share of all values does not exceed. It is always
 * one of the values; undefined when there are none.
 *
 * @param share - from 0 to 1
 */
export function percentile(sorted: ArrayLike<number>, share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

export type OrderRate = {
  /** Orders per second between the first and the last confirmation; null when that is no time. */
  ordersPerSecond: number | null
  /** The most in any whole second of the replay. */
  ordersPeakPerSecond: number
}

/** @param confirmedMs - when each order was confirmed, from the start of the replay */
export function orderRate(confirmedMs: readonly number[]): OrderRate {
  let [firstMs, lastMs, peak] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  const bySecond = new Map<number, number>()
  for (const ms of confirmedMs) {
    firstMs = Math.min(firstMs, ms)
    lastMs = Math.max(lastMs, ms)
    const second = Math.floor(ms / 1000)
    const count = (bySecond.get(second) ?? 0) + 1
    bySecond.set(second, count)
    peak = Math.max(peak, count)
  }
  const seconds = (lastMs - firstMs) / 1000
  return {
    ordersPerSecond: seconds > 0 ? toTenths(confirmedMs.length / seconds) : null,
    ordersPeakPerSecond: peak,
  }
}

/**
 * The longest time, from a given instant on, in which none of these happened; the time after the last does not count.
 */
export function longestPause(fromMs: number, happenedMs: readonly number[]): number {
  const inOrder = [fromMs, ...happenedMs.filter((ms) => ms > fromMs)].toSorted((a, b) => a - b)
  return Math.max(...inOrder.map((ms, i) => ms - (inOrder[i - 1] ?? ms)))
}

/** Rounded to one decimal, more precise than any measurement here. */
export function toTenths(value: number): number {
  return Math.round(value * 10) / 10
}
