import type { CheckName, Findings } from './verify.ts'

/** A report for people: a line for each check, then what they ask about, then the verdict. */
export function formatReport(findings: Findings): string {
  const { checks, entry } = findings
  return [
    `Draw of room ${findings.room}`,
    ...checks.map(({ name, holds }) =>
      holds ? `holds   ${holdsOf(name, findings)}` : `BROKEN  ${breachOf(name, findings)}`,
    ),
    `noted   ${findings.participants} of ${findings.lobbyEntries} entries take part`,
    `noted   ${formatRandomness(findings)}`,
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
  'log-hash': 'The log is the one that was closed with',
  'log-hash-seen': 'The hash of the log is the one seen when the lobby closed',
  participants: 'Those who take part are those that were closed with',
  'participants-hash-seen': 'The hash of those who take part is the one seen when the lobby closed',
  round: 'The beacon’s round came after the lobby had closed',
  signature: 'The round is signed by the beacon',
  rule: 'The draw did about the beacon what was announced',
  seed: 'The seed follows from all of this and the secret',
  permutation: 'The positions are a permutation of 0…N−1',
}

/** What a failed check means for the draw, without a capital. */
const BREACHES: Record<CheckName, string> = {
  room: 'the published draw is that of another room',
  'commitment-seen': 'the published commitment is not the one seen before the opening',
  commitment: 'the commitment is not SHA-256 of the secret',
  length: 'N is not the length of the log',
  'log-hash': 'the log is not the one that was closed with',
  'log-hash-seen': 'the hash of the log is not the one seen when the lobby closed',
  participants: 'those who take part are not those that were closed with',
  'participants-hash-seen': 'the hash of those who take part is not the one seen when the lobby closed',
  round: 'the beacon’s round could be known before the lobby closed',
  signature: 'the round is not signed by the beacon',
  rule: 'the draw was made without the beacon that was announced',
  seed: 'the seed does not follow from the record and the secret',
  permutation: 'the positions are not a permutation of 0…N−1',
}

function formatRandomness({ randomness, round, publicKey }: Findings): string {
  switch (randomness) {
    case 'quicknet':
      return `The randomness is round ${round} of drand quicknet, which nobody could foresee`
    case 'another-beacon':
      return `The randomness is round ${round} of ANOTHER beacon than drand quicknet; anyone who holds the key of ${publicKey} could foresee it`
    case 'chosen-none':
      return 'NO beacon was asked for: anyone who knew the secret could have added entries until the result pleased them'
    case 'silent':
      return `The beacon stayed SILENT for round ${round} and the draw went on without: anyone who knew the secret could have added entries until the result pleased them`
    case 'first-version':
      return 'NO beacon was asked for (draw version 1): anyone who knew the secret could have added entries until the result pleased them'
  }
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
    ({ index, takesPart, position }) =>
      `entry   ${key} has index ${index}, ${takesPart ? 'takes part' : 'takes no part'}, and position ${position} of 0…${lobbyEntries - 1}`,
  )
}
