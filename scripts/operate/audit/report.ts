import { INVARIANTS, type Invariant } from './evaluate.ts'
import { type Checked, COUNTED, type Finding, type Verdict } from './finding.ts'

/** The result of the audit of one festival. */
export type FestivalVerdict = {
  festival: string
  /** Payments in flight during the evaluation. */
  inFlight: number
  /** Whether Redis knows the room; without it only MySQL and the ledger are checked. */
  hasRoom: boolean
  verdicts: ReadonlyMap<number, Verdict>
}

/** One kind of breach of an invariant, with its first findings. */
type Breach = {
  breach: string
  /** Absent for findings without a festival, such as a charge without a payment. */
  festival?: string
  count: number
  first: { id: string; detail?: string }[]
}

type InvariantReport = {
  number: number
  title: string
  holds: boolean
  checked: Checked
  /** Payments that were in flight during the evaluation, if they widened the bounds. */
  inFlight: number
  breaches: Breach[]
}

export type AuditReport = {
  holds: boolean
  festivals: string[]
  /** Festivals whose room Redis does not know, so that only MySQL and the ledger were checked. */
  withoutRoom: string[]
  /** What could not be checked, in words. */
  notChecked: readonly string[]
  inFlight: number
  invariants: InvariantReport[]
}

const FIRST_MAX = 10
/** The invariant that charges without a payment break. */
const OF_CHARGES = 3

export function buildReport(
  verdicts: readonly FestivalVerdict[],
  strays: readonly Finding[],
): Omit<AuditReport, 'notChecked'> {
  const inFlight = verdicts.reduce((sum, verdict) => sum + verdict.inFlight, 0)
  const invariants = INVARIANTS.map((invariant) => buildLine(invariant, verdicts, inFlight, strays))
  return {
    holds: invariants.every(({ holds }) => holds),
    festivals: verdicts.map(({ festival }) => festival),
    withoutRoom: verdicts.filter(({ hasRoom }) => !hasRoom).map(({ festival }) => festival),
    inFlight,
    invariants,
  }
}

function buildLine(
  { number, title, isLenient }: Invariant,
  verdicts: readonly FestivalVerdict[],
  inFlight: number,
  strays: readonly Finding[],
): InvariantReport {
  const own = verdicts.flatMap(({ festival, verdicts: byNumber }) => {
    const verdict = byNumber.get(number)
    return verdict === undefined ? [] : [{ festival, ...verdict }]
  })
  const breaches: Breach[] = own.flatMap(({ festival, findings }) =>
    group(findings).map((each) => ({ ...each, festival })),
  )
  if (number === OF_CHARGES) breaches.push(...group(strays))
  return {
    number,
    title,
    holds: breaches.length === 0,
    checked: sum(own.map(({ checked }) => checked)),
    inFlight: isLenient ? inFlight : 0,
    breaches,
  }
}

function group(findings: readonly Finding[]): Breach[] {
  return [...Map.groupBy(findings, ({ breach }) => breach)].map(([breach, same]) => ({
    breach,
    count: same.length,
    first: same.slice(0, FIRST_MAX).map(({ breach: _, ...what }) => what),
  }))
}

function sum(all: readonly Checked[]): Checked {
  const total: Checked = {}
  for (const name of namesOf(COUNTED)) {
    const counts = all.flatMap((checked) => checked[name] ?? [])
    if (counts.length > 0) total[name] = counts.reduce((a, b) => a + b, 0)
  }
  return total
}

/** A report for people: a line for each invariant, followed by its breaches. */
export function formatReport(report: AuditReport): string {
  const { festivals, withoutRoom, notChecked, invariants } = report
  const about = festivals.length === 1 ? `festival ${festivals[0]}` : `${festivals.length} festivals`
  return [
    `Audit of ${about}`,
    ...notChecked.map((what) => `Not checked: ${what}`),
    ...withoutRoom.map(
      (id) => `Redis does not know the room of ${id}: only MySQL and the ledger were checked`,
    ),
    ...invariants.flatMap((invariant) => [
      formatLine(invariant),
      ...invariant.breaches.flatMap(formatBreach),
    ]),
    '',
  ].join('\n')
}

function formatLine({ number, title, holds, checked, inFlight }: InvariantReport): string {
  const counts = namesOf(COUNTED).flatMap((name) => {
    const count = checked[name]
    return count === undefined ? [] : [`${count} ${COUNTED[name][count === 1 ? 0 : 1]}`]
  })
  const were = inFlight === 1 ? '1 payment was' : `${inFlight} payments were`
  const flight = inFlight === 0 ? '' : `; judged while ${were} in flight`
  return `${number}  ${holds ? 'holds ' : 'BROKEN'}  ${title} (${counts.join(', ') || 'nothing to check'})${flight}`
}

function formatBreach({ breach, festival, count, first }: Breach): string[] {
  const where = festival === undefined ? '' : `${festival}: `
  const rest = count > first.length ? [`       and ${count - first.length} more`] : []
  return [
    `     ${where}${breach} (${count})`,
    ...first.map(({ id, detail }) => `       ${id}${detail === undefined ? '' : ` (${detail})`}`),
    ...rest,
  ]
}

function namesOf<K extends string>(object: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(object) as K[]
}
