import type { CheckName, Findings } from './verify.ts'

/** A report for people: a line for each check, then what they ask about, then the verdict. */
export function formatReport(findings: Findings): string {
  const { checks, entry } = findings
  return [
    `Draw of room ${findings.room}`,
    ...checks.map(({ name, holds }) =>
      holds ? `holds   ${holdsOf(name, findings)}` : `BROKEN  ${breachOf(name, findings)}`,
    ),
    `noted   ${formatRepeated(findings.repeatedKeys)}`,
    ...(findings.commitmentSeenCompared ? [] : [`noted   ${formatUncompared(findings.commitment)}`]),
    ...(entry === undefined ? [] : formatEntry(entry, findings.lobbyEntries)),
    formatVerdict(findings),
    '',
  ].join('\n')
}

/** A report for machines. */
export function formatJson(findings: Findings): string {
  return `${JSON.stringify({ ...findings, verdict: formatVerdict(findings) }, null, 2)}\n`
}

const HOLDS: Record<CheckName, string> = {
  room: 'The published draw is that of the room asked for',
  'commitment-seen': 'The published commitment is the one seen before the opening',
  commitment: 'The commitment is SHA-256 of the secret',
  length: 'N is the length of the log',
  seed: 'The seed follows from the secret, the room, N and the log',
  permutation: 'The positions are a permutation of 0…N−1',
}

/** What a broken check says of the draw, without a capital. */
const BREACHES: Record<CheckName, string> = {
  room: 'the published draw is that of another room',
  'commitment-seen': 'the published commitment is not the one seen before the opening',
  commitment: 'the commitment is not SHA-256 of the secret',
  length: 'N is not the length of the log',
  seed: 'the seed does not follow from the secret, the room, N and the log',
  permutation: 'the positions are not a permutation of 0…N−1',
}

function holdsOf(name: CheckName, { lobbyEntries }: Findings): string {
  return name === 'length' ? `${HOLDS.length} (${lobbyEntries} entries)` : HOLDS[name]
}

function breachOf(name: CheckName, { lobbyEntries, logEntries }: Findings): string {
  const breach = BREACHES[name]
  const sentence = breach.charAt(0).toUpperCase() + breach.slice(1)
  return name === 'length' ? `${sentence}: N is ${lobbyEntries}, the log has ${logEntries} entries` : sentence
}

export function formatVerdict({ honest, checks }: Pick<Findings, 'honest' | 'checks'>): string {
  if (honest) return 'The draw is honest'
  const broken = checks.filter(({ holds }) => !holds).map(({ name }) => BREACHES[name])
  return `The draw is NOT honest: ${broken.join('; ')}`
}

function formatRepeated(count: number): string {
  if (count === 0) return 'No entry has the key of another'
  return count === 1
    ? '1 entry has the key of an earlier one; this is allowed'
    : `${count} entries have the key of an earlier one; this is allowed`
}

function formatUncompared(commitment: string): string {
  return `Only the published commitment was checked; it must be the one shown before the opening (--commitment): ${commitment}`
}

function formatEntry({ key, places }: NonNullable<Findings['entry']>, lobbyEntries: number): string[] {
  if (places.length === 0) return [`entry   ${key} was not in the lobby`]
  return places.map(
    ({ index, position }) =>
      `entry   ${key} has index ${index} and position ${position} of 0…${lobbyEntries - 1}`,
  )
}
