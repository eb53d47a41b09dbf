import type { Crowd } from './crowd.ts'
import type { FanRecord } from './fan-record.ts'
import type { FanError } from './leaving.ts'
import { longestPause, type OrderRate, orderRate, type Stats, statsOf, toTenths } from './stats.ts'
import { STEPS, type Step, WHOLES, type Whole } from './steps.ts'

/** Errors of one kind: how many fans had it, and one example. */
export type ErrorExample = FanError & { fans: number; email: string }

export type Summary = OrderRate & {
  gatewayUrl: string
  festival: string
  times: number
  seed: number
  /** True when it was stopped before all fans were done. */
  interrupted: boolean
  /** Until the last fan was done; the verification comes after. */
  durationSeconds: number
  fans: number
  arrived: number
  entered: number
  admitted: number
  /** Fans who were told that their payment is confirmed. */
  sold: number
  rejected: number
  /** How many were rejected for each reason. */
  rejectedReasons: Record<string, number>
  /** Fans whose card was declined at every attempt: not an error of the system. */
  declined: number
  /** Fans who paid and were refunded because no unit was left; each is among the errors. */
  refunded: number
  /** Fans who had an error of the system, also after they had paid. */
  errors: number
  /** Fans who were not done at an interruption. */
  stopped: number
  /** Requests retried because the service was unavailable. */
  retries: number
  /** Responses with Retry-After. */
  waited: number
  /** Turns that passed before their fan could claim; the fan entered again. */
  turnsMissed: number
  /** Of the completed steps; see `Samples`. Percentiles are exact and nearest-rank. */
  steps: Record<Step | Whole, Stats>
  /** The replay's own delays. Times of steps include the event loop's delay, and not `queuedMaxMs`. */
  client: { requests: number; queuedMaxMs: number; lateMaxMs: number; eventLoopDelayP99Ms: number }
  errorExamples: ErrorExample[]
  /** When Redis failed over, in seconds from the start, and the longest time without a confirmed order after that. */
  failover?: { atSeconds: number; stillSeconds: number }
}

/** The results of a replay, and what each fan was told. */
export type Report = Summary & { records: readonly FanRecord[] }

export type ReportInput = Pick<
  Report,
  'gatewayUrl' | 'festival' | 'times' | 'seed' | 'interrupted' | 'durationSeconds' | 'client' | 'records'
> & { crowd: Crowd; startedMs: number; failedOverMs?: number | undefined }

const EXAMPLES_MAX = 10

export function createReport({ crowd, records, startedMs, failedOverMs, ...input }: ReportInput): Report {
  const { arrived, entered, admitted, rejected, errors, retries, waited, turnsMissed, samples } = crowd
  const count = (outcome: FanRecord['outcome']) =>
    records.filter((record) => record.outcome === outcome).length
  const stats = [...STEPS, ...WHOLES].map((name) => [name, statsOf(samples[name])])
  return {
    ...input,
    fans: records.length,
    arrived,
    entered,
    admitted,
    sold: count('confirmed'),
    rejected,
    rejectedReasons: countReasons(records),
    declined: count('declined'),
    refunded: count('refunded'),
    errors,
    stopped: count('stopped'),
    retries,
    waited,
    turnsMissed,
    ...orderRate(crowd.confirmedMs.map((ms) => ms - startedMs)),
    steps: Object.fromEntries(stats),
    errorExamples: findExamples(records),
    ...(failedOverMs === undefined
      ? {}
      : {
          failover: {
            atSeconds: toTenths((failedOverMs - startedMs) / 1000),
            stillSeconds: toTenths(longestPause(failedOverMs, crowd.confirmedMs) / 1000),
          },
        }),
    records,
  }
}

function countReasons(records: readonly FanRecord[]): Record<string, number> {
  const reasons: Record<string, number> = {}
  for (const { reason } of records) if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1
  return reasons
}

/** One example of each kind, the most frequent first. */
function findExamples(records: readonly FanRecord[]): ErrorExample[] {
  const kinds = new Map<string, ErrorExample>()
  for (const { error, email } of records) {
    if (error === undefined) continue
    const kind = [error.step, error.status, error.code].join(' ')
    const example = kinds.get(kind)
    if (example === undefined) kinds.set(kind, { fans: 1, email, ...error })
    else example.fans += 1
  }
  return [...kinds.values()].sort((a, b) => b.fans - a.fans).slice(0, EXAMPLES_MAX)
}
