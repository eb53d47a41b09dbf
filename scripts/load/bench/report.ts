import { type Busy, busyOf, type Measured, perCpuSecond, ratiosOf, summarise } from './measure.ts'

/** One figure: the measured runs, with the same runs of its baseline. */
export type Figure = {
  name: string
  unit: string
  measured: readonly Measured[]
  baseline?: { name: string; measured: readonly Measured[] }
  /** The target, for people to compare; it is not checked here. */
  target?: string
  note?: string
}

/** A figure, and the same by processor time where known: other load on this host affects only the first. */
export function withCpuTime(figure: Figure): Figure[] {
  const { name, unit, measured, baseline } = figure
  const own = perCpuSecond(measured)
  const beside = baseline === undefined ? undefined : perCpuSecond(baseline.measured)
  if (own === undefined || baseline === undefined || beside === undefined) return [figure]
  const byCpu: Figure = { name: `${name}, by CPU time`, unit: unit.replace('/s', '/CPU s'), measured: own }
  if (figure.target !== undefined) byCpu.target = figure.target
  return [figure, { ...byCpu, baseline: { name: baseline.name, measured: beside } }]
}

/** A figure as one line of JSON. `value` is the median, `ratio` the median of the runs' own ratios. */
export function toLine({ name, unit, measured, baseline, target, note }: Figure): string {
  const summary = summarise(valuesOf(measured))
  return JSON.stringify({
    name,
    value: tidy(summary.median),
    unit,
    baseline:
      baseline === undefined
        ? null
        : {
            name: baseline.name,
            value: tidy(medianOf(baseline.measured)),
            busy: tidyBusy(baseline.measured),
          },
    ratio: baseline === undefined ? null : tidyAll(ratioSummary(measured, baseline.measured)),
    runs: summary.runs,
    median: tidy(summary.median),
    min: tidy(summary.min),
    max: tidy(summary.max),
    busy: tidyBusy(measured),
    target: target ?? null,
    note: note ?? null,
  })
}

const HEADINGS = ['figure', 'median', 'min', 'max', 'unit', 'baseline', 'ratio (min–max)', 'target']
const BUSY_HEADING = 'busy: server client redis'
const BUSY_NOTE =
  '  A server far from 100 % shared its core with something else, and a client near 100 % held it up: then only the ' +
  'figures by CPU time are comparable.'

/** The figures for people, with columns as wide as needed. */
export function toTable(title: string, stats: readonly Figure[]): string {
  const rows = stats.map((figure) => {
    const { median, min, max } = summarise(valuesOf(figure.measured))
    const { baseline } = figure
    const ratio = baseline === undefined ? undefined : ratioSummary(figure.measured, baseline.measured)
    return [
      figure.name,
      shown(median),
      shown(min),
      shown(max),
      figure.unit,
      baseline === undefined ? '–' : `${shown(medianOf(baseline.measured))} ${baseline.name}`,
      ratio === undefined
        ? '–'
        : `${ratio.median.toFixed(3)} (${ratio.min.toFixed(3)}–${ratio.max.toFixed(3)})`,
      figure.target ?? '–',
      shownBusy(busyOf(figure.measured)),
    ]
  })
  const table = [[...HEADINGS, BUSY_HEADING], ...rows]
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  const lines = table.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
  const notes = stats.flatMap(({ name, note }) => (note === undefined ? [] : [`  ${name}: ${note}`]))
  return ['', title, ...lines, ...notes, BUSY_NOTE, ''].join('\n')
}

function ratioSummary(measured: readonly Measured[], baseline: readonly Measured[]) {
  return summarise(ratiosOf(valuesOf(measured), valuesOf(baseline)))
}

function valuesOf(measured: readonly Measured[]): number[] {
  return measured.map(({ value }) => value)
}

function medianOf(measured: readonly Measured[]): number {
  return summarise(valuesOf(measured)).median
}

/** Four digits are as precise as the measurement. */
function tidy(value: number): number {
  return Number(value.toPrecision(4))
}

function tidyAll<T extends Record<string, number>>(values: T) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tidy(value)]))
}

function tidyBusy(measured: readonly Measured[]) {
  const busy = busyOf(measured)
  if (busy === undefined) return null
  const side = (share: number | undefined) => (share === undefined ? null : tidy(share))
  return { server: side(busy.server), client: side(busy.client), redis: side(busy.redis) }
}

function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3
  return value.toLocaleString('en-US', { maximumFractionDigits: digits })
}

function shownBusy(busy: Busy | undefined): string {
  if (busy === undefined) return '–'
  const side = (share: number | undefined) => (share === undefined ? '?' : `${Math.round(share * 100)} %`)
  return `${side(busy.server)} ${side(busy.client)} ${side(busy.redis)}`
}
