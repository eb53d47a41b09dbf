import type { ErrorExample, Report, Summary } from './report.ts'
import type { Stats } from './stats.ts'
import type { Step, Whole } from './steps.ts'

const LABELS: Record<Step | Whole, string> = {
  enter: 'enter',
  signUp: 'sign up',
  wait: 'wait (enter → called)',
  claim: 'claim',
  hold: 'hold',
  pay: 'pay (sent → confirmed)',
  verify: 'verify',
  buying: 'buying (claim → paid)',
  whole: 'whole (arrival → paid)',
}
const LABEL_WIDTH = 24
const NUMBER_WIDTH = 10

/** The report for people. */
export function formatTable(report: Report): string {
  const { gatewayUrl, festival, times, seed, interrupted, durationSeconds } = report
  const title =
    `${interrupted ? 'Interrupted after' : 'Replayed in'} ${durationSeconds} s: ${festival} at ${gatewayUrl}, ` +
    `${times} fan${times === 1 ? '' : 's'} for each recorded, seed ${seed}`
  return [title, '', ...countLines(report), '', ...stepLines(report), '', ...footLines(report), ''].join('\n')
}

/** The report for programs: the table's contents as one line of JSON, without the fans' records. */
export function formatJson({ records: _, ...summary }: Report): string {
  return `${JSON.stringify(summary satisfies Summary)}\n`
}

function countLines(report: Report): string[] {
  const reasons = Object.entries(report.rejectedReasons).map(([reason, fans]) => `${reason} ${fans}`)
  const rows: [label: string, count: number, note?: string][] = [
    ['fans', report.fans, report.arrived < report.fans ? `${report.arrived} arrived` : ''],
    ['entered', report.entered],
    ['admitted', report.admitted],
    ['sold', report.sold],
    ['rejected', report.rejected, reasons.join(', ')],
    ['declined', report.declined, report.declined > 0 ? 'by the provider, as often as they tried' : ''],
    ['errors', report.errors, report.refunded > 0 ? `${report.refunded} refunded for want of a unit` : ''],
    ['retries', report.retries, 'nobody was there to answer, and the request was sent again'],
    ['waited', report.waited, 'the answer was to come back later'],
  ]
  if (report.turnsMissed > 0) rows.push(['turns missed', report.turnsMissed, 'and entered again'])
  if (report.stopped > 0) rows.push(['stopped', report.stopped, 'not done at the interruption'])
  return rows.map(([label, count, note = '']) =>
    `  ${label.padEnd(LABEL_WIDTH)}${String(count).padStart(NUMBER_WIDTH)}  ${note}`.trimEnd(),
  )
}

function stepLines({ steps }: Report): string[] {
  const row = (label: string, cells: readonly string[]) =>
    `  ${label.padEnd(LABEL_WIDTH)}${cells.map((cell) => cell.padStart(NUMBER_WIDTH)).join('')}`
  const figureRow = (name: Step | Whole) => row(LABELS[name], cellsOf(steps[name]))
  return [
    row('milliseconds', ['count', 'p50', 'p95', 'p99', 'max']),
    ...(['enter', 'signUp', 'wait', 'claim', 'hold', 'pay', 'verify'] as const).map(figureRow),
    ...(['buying', 'whole'] as const).map(figureRow),
  ]
}

function cellsOf({ count, p50Ms, p95Ms, p99Ms, maxMs }: Stats): string[] {
  return [String(count), ...[p50Ms, p95Ms, p99Ms, maxMs].map((ms) => (ms === null ? '–' : ms.toFixed(1)))]
}

function footLines(report: Report): string[] {
  const { ordersPerSecond, ordersPeakPerSecond, client, errorExamples, failover } = report
  const { requests, lateMaxMs, queuedMaxMs, eventLoopDelayP99Ms } = client
  return [
    `  orders per second       ${ordersPerSecond?.toFixed(1) ?? '–'} from the first to the last; at most ${ordersPeakPerSecond} in one second`,
    ...(failover === undefined
      ? []
      : [
          `  Redis failed over       after ${failover.atSeconds.toFixed(1)} s; then at most ${failover.stillSeconds.toFixed(1)} s without an order`,
        ]),
    `  the replay itself       ${requests} requests; arrivals at most ${lateMaxMs.toFixed(0)} ms late; ` +
      `event loop delay p99 ${eventLoopDelayP99Ms.toFixed(1)} ms;`,
    `                          waiting for an own connection at most ${queuedMaxMs.toFixed(0)} ms (not in the steps; more with --connections)`,
    '  Percentiles are exact and nearest-rank, of the steps that were completed.',
    ...(errorExamples.length > 0 ? ['', '  Errors, one example of each kind:'] : []),
    ...errorExamples.map(exampleLine),
  ]
}

function exampleLine({ fans, step, status, code, detail, email }: ErrorExample): string {
  const what = [step, status, code].filter((part) => part !== undefined).join(' ')
  return `    ${fans} × ${what}: ${detail} (${email})`
}
