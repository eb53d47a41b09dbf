import type { Previous } from './pair.ts'
import type { RedisKind } from './redis.ts'
import type { StepName } from './steps.ts'

/** The proxied traffic of several processes, which faults can disturb. */
export const LINKS = ['fans', 'origins', 'redis', 'mysql', 'provider'] as const
export type Link = (typeof LINKS)[number]

/** Faults that would undo each other are in one group, of which no two are active at the same time. */
const FAILOVERS = ['failover', 'silence', 'read-only', 'split', 'memory', 'snapshot', 'node'] as const
export const GROUPS = [
  'origin',
  'gateway',
  'mysql',
  'redis',
  'wipe',
  'provider',
  'connections',
  ...FAILOVERS,
] as const
export type Group = (typeof GROUPS)[number]

const ANY_REDIS = ['origin', 'gateway', 'mysql', 'provider'] as const

/** The faults that each kind of Redis supports. */
export const GROUPS_OF: Readonly<Record<RedisKind, readonly Group[]>> = {
  single: [...ANY_REDIS, 'redis', 'wipe', 'connections'],
  pair: [...ANY_REDIS, 'connections', 'failover', 'silence', 'read-only', 'split', 'memory', 'snapshot'],
  // Its clients connect to its nodes directly, so their connections cannot be disturbed.
  cluster: [...ANY_REDIS, 'node'],
}

/** Groups that make Redis unavailable: two of them together would lose both copies. */
const OF_REDIS: readonly Group[] = ['redis', 'wipe', ...FAILOVERS]

/** Whether faults of both groups can be active at the same time. */
export function goTogether(one: Group, other: Group): boolean {
  return one !== other && !(OF_REDIS.includes(one) && OF_REDIS.includes(other))
}

/** The provider's behaviour; see the dials of scripts/develop/sandbox-provider. */
export type ProviderDials = {
  declineShare?: number
  errorShare?: number
  loseAnswerShare?: number
  medianMs?: number
  p99Ms?: number
}

/** An action on the system. It ends by itself after `forMs` at most. */
export type Fault = { group: Group; forMs: number } & (
  | { kind: 'origin killed at a step'; origin: number; step: StepName; nth: number }
  | { kind: 'origin killed again and again'; origin: number; everyMs: number }
  | { kind: 'gateway killed'; gateway: number }
  | { kind: 'mysql frozen' }
  | { kind: 'mysql restarted' }
  | { kind: 'mysql slow'; delayMs: number }
  | { kind: 'redis frozen' }
  | { kind: 'redis restarted' }
  | { kind: 'redis wiped'; by: 'flushing' | 'starting empty' }
  | {
      kind:
        | 'provider slow'
        | 'provider too late'
        | 'provider failing'
        | 'provider declining'
        | 'provider losing answers'
      dials: ProviderDials
    }
  | { kind: 'connections cut half-way'; link: Link; share: number }
  | { kind: 'connections in a black hole'; link: Link; thenCut: boolean }
  | { kind: 'connections refused'; link: Link }
  | RedisLoss
)

/**
 * After these, Redis is a different one than before, or refuses writes for a while. They last until the service has
 * recovered.
 */
export type RedisLoss =
  /** `behindMs`: writes that the replica never receives; `unavailableMs`: time until it takes over. */
  | { kind: 'redis replaced by its replica'; behindMs: number; unavailableMs: number; previous: Previous }
  | { kind: 'redis read-only'; readOnlyMs: number }
  /** One gateway stays connected to the old primary, which does not know that it has been replaced. */
  | { kind: 'redis split'; gateway: number; behindMs: number; splitMs: number }
  | { kind: 'redis out of memory'; outMs: number }
  | { kind: 'redis restored from a snapshot'; ageMs: number }
  | { kind: 'redis node replaced by its replica'; behindMs: number }
  | { kind: 'redis node restarted from a snapshot'; ageMs: number }

export type FaultKind = Fault['kind']

/** In words, for the timeline. */
export function describeFault(fault: Fault): string {
  const seconds = inSeconds(fault.forMs)
  switch (fault.kind) {
    case 'origin killed at a step':
      return `origin ${fault.origin + 1} to be killed ${fault.step}, the ${ordinal(fault.nth)} time within ${seconds}`
    case 'origin killed again and again':
      return `origin ${fault.origin + 1} killed every ${inSeconds(fault.everyMs)} for ${seconds}`
    case 'gateway killed':
      return `gateway ${fault.gateway + 1} killed`
    case 'mysql slow':
      return `mysql slow by ${fault.delayMs} ms a chunk for ${seconds}`
    case 'redis wiped':
      return `redis wiped by ${fault.by}`
    case 'connections cut half-way':
      return `connections of ${fault.link} cut half-way, ${Math.round(fault.share * 100)} % of chunks, for ${seconds}`
    case 'connections in a black hole':
      return `connections of ${fault.link} in a black hole for ${seconds}${fault.thenCut ? ', then cut' : ''}`
    case 'connections refused':
      return `connections of ${fault.link} refused for ${seconds}`
    case 'redis replaced by its replica':
      return `${fault.kind}, ${inSeconds(fault.behindMs)} behind, after ${inSeconds(fault.unavailableMs)}; the old one is ${fault.previous}`
    case 'redis read-only':
      return `${fault.kind} for ${inSeconds(fault.readOnlyMs)}, then replaced by its replica`
    case 'redis split':
      return `${fault.kind}: gateway ${fault.gateway + 1} stays with the old one for ${inSeconds(fault.splitMs)}, the new one is ${inSeconds(fault.behindMs)} behind`
    case 'redis out of memory':
      return `${fault.kind} for ${inSeconds(fault.outMs)}`
    case 'redis node replaced by its replica':
      return `${fault.kind}, ${inSeconds(fault.behindMs)} behind`
    case 'redis restored from a snapshot':
    case 'redis node restarted from a snapshot':
      return `${fault.kind} of ${inSeconds(fault.ageMs)} ago`
    case 'mysql frozen':
    case 'mysql restarted':
    case 'redis frozen':
    case 'redis restarted':
      return `${fault.kind}, away for ${seconds}`
    default:
      return `${fault.kind} (${dialsInWords(fault.dials)}) for ${seconds}`
  }
}

function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

function dialsInWords(dials: ProviderDials): string {
  return Object.entries(dials)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function ordinal(n: number): string {
  return ['0th', '1st', '2nd', '3rd'][n] ?? `${n}th`
}
