import type { StepName } from './steps.ts'

/** What carries the traffic of several processes, and can be made worse. */
export const LINKS = ['fans', 'origins', 'redis', 'mysql', 'provider'] as const
export type Link = (typeof LINKS)[number]

/** Faults that would undo each other are of one group, of which no two are at work at once. */
export const GROUPS = ['origin', 'gateway', 'mysql', 'redis', 'wipe', 'provider', 'connections'] as const
export type Group = (typeof GROUPS)[number]

/** How a provider behaves; see the dials of scripts/sandbox. */
export type ProviderDials = {
  declineShare?: number
  errorShare?: number
  loseAnswerShare?: number
  medianMs?: number
  p99Ms?: number
}

/** What is done to the system. It ends by itself after `forMs` at most. */
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
)

export type FaultKind = Fault['kind']

/** In words, for the timeline. */
export function describeFault(fault: Fault): string {
  const seconds = `${(fault.forMs / 1000).toFixed(1)} s`
  switch (fault.kind) {
    case 'origin killed at a step':
      return `origin ${fault.origin + 1} to be killed ${fault.step}, the ${ordinal(fault.nth)} time within ${seconds}`
    case 'origin killed again and again':
      return `origin ${fault.origin + 1} killed every ${(fault.everyMs / 1000).toFixed(1)} s for ${seconds}`
    case 'gateway killed':
      return `gateway ${fault.gateway + 1} killed`
    case 'mysql slow':
      return `mysql slow by ${fault.delayMs} ms a piece for ${seconds}`
    case 'redis wiped':
      return `redis wiped by ${fault.by}`
    case 'connections cut half-way':
      return `connections of ${fault.link} cut half-way, ${Math.round(fault.share * 100)} % of pieces, for ${seconds}`
    case 'connections in a black hole':
      return `connections of ${fault.link} in a black hole for ${seconds}${fault.thenCut ? ', then cut' : ''}`
    case 'connections refused':
      return `connections of ${fault.link} refused for ${seconds}`
    case 'mysql frozen':
    case 'mysql restarted':
    case 'redis frozen':
    case 'redis restarted':
      return `${fault.kind}, away for ${seconds}`
    default:
      return `${fault.kind} (${dialsInWords(fault.dials)}) for ${seconds}`
  }
}

function dialsInWords(dials: ProviderDials): string {
  return Object.entries(dials)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function ordinal(n: number): string {
  return ['0th', '1st', '2nd', '3rd'][n] ?? `${n}th`
}
