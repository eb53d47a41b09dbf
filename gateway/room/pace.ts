/** How fast the queue moves: fans called per second, and the range it is likely to stay in. */
export type Pace = { perSecond: number; low: number; high: number }

export type PaceMeter = {
  /** Records how far the queue has moved. Returns the pace once enough has been observed. */
  observe(at: Date, serving: number): Pace | undefined
}

const BUCKET_MS = 5000
const BUCKETS_MAX = 12
/** Fewer buckets do not show how much the pace varies. */
const BUCKETS_MIN = 2
/** About nineteen in twenty means of so few samples lie within two standard errors. */
const STANDARD_ERRORS = 2

/**
 * Measures the pace over the last minute, in buckets of five seconds: their mean and its confidence interval. A steady
 * queue gives a narrow range, an uneven one a wide range.
 */
export function createPaceMeter(): PaceMeter {
  /** The first observation in each bucket, oldest first. */
  let marks: { at: number; serving: number }[] = []

  return {
    observe(at, serving) {
      const now = at.getTime()
      const last = marks.at(-1)
      // A position or clock that went back means a new queue: Redis was wiped, or its clock was set.
      if (last !== undefined && (serving < last.serving || now < last.at)) marks = []
      if (last === undefined || marks.length === 0 || now - last.at >= BUCKET_MS) {
        marks.push({ at: now, serving })
        if (marks.length > BUCKETS_MAX + 1) marks.shift()
      }
      return paceOf(marks)
    },
  }
}

function paceOf(marks: readonly { at: number; serving: number }[]): Pace | undefined {
  const rates: number[] = []
  for (const [i, mark] of marks.entries()) {
    const before = marks[i - 1]
    if (before === undefined) continue
    rates.push(((mark.serving - before.serving) * 1000) / (mark.at - before.at))
  }
  const perSecond = mean(rates)
  if (rates.length < BUCKETS_MIN || perSecond === 0) return undefined
  const variance = rates.reduce((sum, rate) => sum + (rate - perSecond) ** 2, 0) / (rates.length - 1)
  const spread = STANDARD_ERRORS * Math.sqrt(variance / rates.length)
  return {
    perSecond: rounded(perSecond),
    low: rounded(Math.max(perSecond - spread, 0)),
    high: rounded(perSecond + spread),
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Two decimals; anything finer is noise. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
