import type { Sale } from '../../../../../shared/api/sale.ts'
import { sumOver } from '../../live/stats.ts'

/** The data of one API response that charts need. */
export type Sample = {
  /** Seconds since the epoch, by the room's clock. */
  at: number
  waiting: number
  called: number
  active: number
  held: number
  sold: number
  /** In the minute before. */
  declined: number
  errors: number
  /** How busy each origin's event loop is, in percent, by its name. */
  load: Record<string, number>
}

export function sampleOf(sale: Sale): Sample {
  return {
    at: Math.round(Date.parse(sale.at) / 1000),
    waiting: sale.waiting,
    called: sale.called,
    active: sale.active,
    held: sumOver(sale, 'held'),
    sold: sumOver(sale, 'sold'),
    declined: sale.payments.declined,
    errors: sale.payments.errors,
    load: Object.fromEntries(
      sale.origins.flatMap(({ name, load }) =>
        load === undefined ? [] : [[name, Math.round(load.loopBusyShare * 100)] as const],
      ),
    ),
  }
}

/** The samples of the last quarter of an hour, at one a second. */
export const SAMPLES_MAX = 900

/** Adds a sample and drops expired ones; a sample that is not newer than the last is ignored. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1)
  if (last !== undefined && sample.at < last.at) return samples
  const stored = last !== undefined && sample.at === last.at ? samples.slice(0, -1) : samples
  return [...stored, sample].slice(-SAMPLES_MAX)
}

/** A longer interval without samples is shown as a gap, not as a line across it. */
const GAP_SECONDS = 10

export type Columns = [at: number[], ...series: (number | null)[][]]

/** Samples as columns, one per series; null where a gap begins. */
export function columnsOf(
  samples: readonly Sample[],
  series: readonly ((sample: Sample, index: number) => number | null)[],
): Columns {
  const at: number[] = []
  const columns = series.map((): (number | null)[] => [])
  for (const [i, sample] of samples.entries()) {
    const before = samples[i - 1]
    if (before !== undefined && sample.at - before.at > GAP_SECONDS) {
      at.push(before.at + 1)
      for (const column of columns) column.push(null)
    }
    at.push(sample.at)
    for (const [s, column] of columns.entries()) column.push(series[s]?.(sample, i) ?? null)
  }
  return [at, ...columns]
}

const PACE_SECONDS = 60

/** Units sold in the minute before a sample, extrapolated where less than a minute is known. */
export function soldPerMinute(samples: readonly Sample[], index: number): number | null {
  const sample = samples[index]
  if (sample === undefined) return null
  let first = index
  while ((samples[first - 1]?.at ?? Number.NEGATIVE_INFINITY) >= sample.at - PACE_SECONDS) first -= 1
  const from = samples[first]
  if (from === undefined || from.at === sample.at) return null
  // Units of cancelled orders go back on sale: a minute in which more come back than go has sold none.
  return Math.max(Math.round(((sample.sold - from.sold) * PACE_SECONDS) / (sample.at - from.at)), 0)
}

/** The names of all origins in the samples, in order. */
export function originsIn(samples: readonly Sample[]): string[] {
  return [...new Set(samples.flatMap(({ load }) => Object.keys(load)))].sort()
}

const POLL_MS = 1000
const POLL_MS_MAX = 30_000

/** The time until the next poll after a number of consecutive failures: each doubles it. */
export function nextPollMs(failures: number): number {
  return Math.min(POLL_MS * 2 ** Math.min(failures, 10), POLL_MS_MAX)
}

/** Samples from this browser's storage, as far as they are valid. */
export function readSamples(json: string | null, nowSeconds: number): readonly Sample[] {
  if (json === null) return []
  try {
    const read: unknown = JSON.parse(json)
    if (!Array.isArray(read)) return []
    return read.filter(isSample).filter(({ at }) => at <= nowSeconds && at > nowSeconds - SAMPLES_MAX)
  } catch {
    return []
  }
}

const NUMBERS = ['at', 'waiting', 'called', 'active', 'held', 'sold', 'declined', 'errors'] as const

function isSample(value: unknown): value is Sample {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Record<string, unknown>
  return NUMBERS.every((name) => typeof fields[name] === 'number') && typeof fields['load'] === 'object'
}
