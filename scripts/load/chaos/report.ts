import { type AuditReport, formatReport } from '../../operate/audit/report.ts'
import type { Discrepancy } from './discrepancy.ts'
import { describeFault, type FaultKind } from './fault.ts'
import type { Reconciled } from './reconcile.ts'
import type { RedisKind } from './redis.ts'
import type { ChaosResult, DoneFault } from './run.ts'

/** Discrepancies of one kind, with the first of them. */
type DiscrepancyGroup = { what: string; count: number; first: { id: string; detail: string }[] }

/** How long the service was unavailable after a loss of Redis; undefined when it did not recover within the wait. */
type Back = {
  fault: string
  backMs: number | undefined
  /** Another fault was active, which may have delayed the recovery. */
  isDisturbed: boolean
}

export type ChaosReport = {
  holds: boolean
  seed: number
  redis: RedisKind
  minutes: number
  fans: number
  units: number
  outcomes: Record<string, number>
  setbacks: Record<string, number>
  bankEndings: Readonly<Record<string, number>>
  requests: number
  retries: number
  /** How often each fault was injected, and how often its step was not reached. */
  faults: Partial<Record<FaultKind, { done: number; missed: number }>>
  backs: readonly Back[]
  surprises: readonly string[]
  reconciled: Reconciled
  audit: AuditReport
  discrepancies: DiscrepancyGroup[]
}

const FIRST_MAX = 5

export function buildReport(
  { seed, minutes, redis }: Pick<ChaosReport, 'seed' | 'minutes' | 'redis'>,
  result: ChaosResult,
): ChaosReport {
  const { sold, audit, reconciled, surprises } = result
  const backs = readBacks(result.faults)
  const discrepancies = group(result.discrepancies)
  return {
    holds:
      audit.holds &&
      audit.inFlight === 0 &&
      audit.withoutRoom.length === 0 &&
      discrepancies.length === 0 &&
      surprises.length === 0 &&
      backs.every(({ backMs, isDisturbed }) => backMs !== undefined || isDisturbed) &&
      reconciled.status === 'nothing left open',
    seed,
    minutes,
    redis,
    fans: sold.records.length,
    units: result.units,
    outcomes: countBy(sold.records.map(({ outcome, reason }) => reason ?? outcome)),
    setbacks: sold.setbacks,
    bankEndings: sold.bankEndings,
    requests: sold.requests,
    retries: sold.retries,
    faults: countFaults(result),
    backs,
    surprises,
    reconciled,
    audit,
    discrepancies,
  }
}

/** For programs: one line. */
export function formatJson(report: ChaosReport): string {
  return `${JSON.stringify(report)}\n`
}

/** For people. */
export function formatText(report: ChaosReport): string {
  const { fans, units, requests, retries, audit, reconciled, discrepancies, surprises } = report
  return [
    '',
    `Seed ${report.seed}, ${report.minutes} min, Redis ${report.redis}: ${fans} fans for ${units} units, ${requests} requests, ${retries} retries`,
    ...table('Fans', report.outcomes),
    ...table('Lost on the way, and begun again from there', report.setbacks),
    ...table('At the bank', report.bankEndings),
    ...table(
      'Faults',
      Object.fromEntries(Object.entries(report.faults).map(([kind, { done }]) => [kind, done])),
    ),
    ...missedLines(report),
    ...report.backs.map(backLine),
    ...table(`Reconciling: ${reconciled.status}`, reconciled.findings),
    ...(reconciled.failure === undefined ? [] : [`  ${reconciled.failure}`]),
    '',
    formatReport(audit).trimEnd(),
    ...(audit.inFlight > 0 ? [`  ${audit.inFlight} payments never came to an end`] : []),
    ...surprises.map((surprise) => `BROKEN  ${surprise}`),
    ...discrepancies.flatMap(({ what, count, first }) => [
      `BROKEN  ${what} (${count})`,
      ...first.map(({ id, detail }) => `          ${id}: ${detail}`),
    ]),
    '',
    report.holds
      ? 'Everything held: all that fans were told is so.'
      : 'Something is broken. The same seed makes the same schedule, though not the same interleaving.',
    '',
  ].join('\n')
}

function missedLines({ faults }: ChaosReport): string[] {
  const missed = Object.values(faults).reduce((sum, counts) => sum + counts.missed, 0)
  return missed === 0 ? [] : [`  ${missed} more waited for a step that was not reached in time`]
}

function backLine({ fault, backMs, isDisturbed }: Back): string {
  const beside = isDisturbed ? ', beside another fault' : ''
  if (backMs !== undefined) return `  back after ${(backMs / 1000).toFixed(1)} s${beside}: ${fault}`
  return `${isDisturbed ? '  ' : 'BROKEN  '}not back in time${beside}: ${fault}`
}

function readBacks(faults: readonly DoneFault[]): Back[] {
  return faults.flatMap((one) => {
    const { came, fault } = one
    if (typeof came === 'string') return []
    const isDisturbed = faults.some((other) => other !== one && overlap(one, other))
    return [{ fault: describeFault(fault), backMs: came.backMs, isDisturbed }]
  })
}

function overlap(one: DoneFault, other: DoneFault): boolean {
  return one.atMs < other.atMs + other.fault.forMs && other.atMs < one.atMs + one.fault.forMs
}

function table(title: string, counts: Record<string, number>): string[] {
  const rows = Object.entries(counts).sort(([a], [b]) => a.localeCompare(b))
  return rows.length === 0
    ? [title]
    : [title, ...rows.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`)]
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

function countFaults({ faults }: Pick<ChaosResult, 'faults'>): ChaosReport['faults'] {
  const counts: ChaosReport['faults'] = {}
  for (const { fault, came } of faults) {
    const { done, missed } = counts[fault.kind] ?? { done: 0, missed: 0 }
    counts[fault.kind] = {
      done: done + (came === 'missed' ? 0 : 1),
      missed: missed + (came === 'missed' ? 1 : 0),
    }
  }
  return counts
}

function group(all: readonly Discrepancy[]): DiscrepancyGroup[] {
  return [...Map.groupBy(all, ({ what }) => what)].map(([what, same]) => ({
    what,
    count: same.length,
    first: same.slice(0, FIRST_MAX).map(({ id, detail }) => ({ id, detail })),
  }))
}
