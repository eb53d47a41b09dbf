import { type Fault, type Group, goTogether, LINKS } from './fault.ts'
import { createLuck, type Luck, lasting, shuffled } from './luck.ts'
import { REDIS_LOSS_DRAWS } from './redis-loss-draws.ts'
import { STEP_NAMES } from './steps.ts'

/** A fault and when it begins, from the start of the sale. */
export type Planned = { atMs: number; fault: Fault }

export type ScheduleOptions = {
  seed: number
  /** How long the sale lasts; no fault is active after it. */
  lastsMs: number
  origins: number
  gateways: number
  /** Only faults of these groups. */
  groups: readonly Group[]
}

/** Time before the first fault, so that some fans are admitted by then. */
const WARM_UP_MS = 4000
const PAUSE_MS = { min: 1500, max: 4000 }
/** How often a fault comes together with one of another group. */
const PAIR_SHARE = 0.5
/** The maximum share of the sale of a single fault. */
const LONGEST_SHARE = 0.3

type Draw = (luck: Luck, options: ScheduleOptions, longestMs: number) => Fault

/**
 * Which faults begin when: the same for the same options. Every kind occurs once before any is repeated, in an order
 * that the seed decides, one or two at a time with time to recover between them. The system's behaviour meanwhile
 * depends on real time, and differs from run to run.
 */
export function drawSchedule(options: ScheduleOptions): Planned[] {
  const { lastsMs, groups } = options
  const luck = createLuck(options.seed)
  const longestMs = Math.max(SHORTEST_MS, lastsMs * LONGEST_SHARE)
  const draws = DRAWS.filter(([group]) => groups.includes(group))
  let bag: (typeof draws)[number][] = []
  const planned: Planned[] = []

  function next(beside?: Group): Fault | undefined {
    if (bag.length === 0) bag = shuffled(draws, luck)
    const at = bag.findIndex(([group]) => beside === undefined || goTogether(group, beside))
    const [taken] = at < 0 ? [] : bag.splice(at, 1)
    return taken?.[1](luck, options, longestMs)
  }

  for (let atMs = WARM_UP_MS; ; ) {
    const fault = next()
    if (fault === undefined || atMs + fault.forMs > lastsMs) return planned
    planned.push({ atMs, fault })
    let endMs = atMs + fault.forMs
    if (luck.share(0, 1) < PAIR_SHARE) {
      const beside = next(fault.group)
      const besideMs = atMs + luck.between(0, fault.forMs / 2)
      if (beside !== undefined && besideMs + beside.forMs <= lastsMs) {
        planned.push({ atMs: besideMs, fault: beside })
        endMs = Math.max(endMs, besideMs + beside.forMs)
      }
    }
    atMs = endMs + luck.between(PAUSE_MS.min, PAUSE_MS.max)
  }
}

const SHORTEST_MS = 3000
/** The maximum time until a killed process or store is restarted, as the schedule assumes. */
const START_MS = 3000
const WIPE_MS = 8000
const STOPPED_MS_MAX = 30_000

const DRAWS: readonly [Group, Draw][] = [
  // Each step once, rather than one of them: they are the points at which losing a process matters.
  ...STEP_NAMES.map((step): [Group, Draw] => [
    'origin',
    (luck, { origins }) => ({
      group: 'origin',
      kind: 'origin killed at a step',
      origin: luck.between(0, origins - 1),
      step,
      nth: luck.between(1, 6),
      forMs: 6000,
    }),
  ]),
  [
    'origin',
    (luck, { origins }, longestMs) => ({
      group: 'origin',
      kind: 'origin killed again and again',
      origin: luck.between(0, origins - 1),
      everyMs: luck.between(1200, 2500),
      forMs: lasting(luck, 6000, 15_000, longestMs),
    }),
  ],
  [
    'gateway',
    (luck, { gateways }) => ({
      group: 'gateway',
      kind: 'gateway killed',
      gateway: luck.between(0, gateways - 1),
      forMs: START_MS,
    }),
  ],
  ['mysql', (luck, _, longestMs) => store('mysql', 'mysql frozen', luck, longestMs, STOPPED_MS_MAX)],
  ['mysql', (luck, _, longestMs) => store('mysql', 'mysql restarted', luck, longestMs, STOPPED_MS_MAX)],
  [
    'mysql',
    (luck, _, longestMs) => ({
      group: 'mysql',
      kind: 'mysql slow',
      delayMs: luck.between(50, 400),
      forMs: lasting(luck, 5000, 15_000, longestMs),
    }),
  ],
  ['redis', (luck, _, longestMs) => store('redis', 'redis frozen', luck, longestMs, 10_000)],
  ['redis', (luck, _, longestMs) => store('redis', 'redis restarted', luck, longestMs, 5000)],
  ['redis', (luck, _, longestMs) => store('redis', 'redis restarted', luck, longestMs, 5000)],
  [
    'wipe',
    (luck) => ({
      group: 'wipe',
      kind: 'redis wiped',
      by: luck.one(['flushing', 'starting empty']),
      forMs: WIPE_MS,
    }),
  ],
  ['provider', provider('provider slow', (luck) => ({ medianMs: luck.between(300, 900), p99Ms: 1800 }))],
  // Beyond the origin's timeout, which is 2 s here.
  [
    'provider',
    provider('provider too late', (luck) => ({ medianMs: luck.between(1800, 3000), p99Ms: 6000 })),
  ],
  ['provider', provider('provider failing', (luck) => ({ errorShare: luck.share(0.3, 1) }))],
  ['provider', provider('provider declining', (luck) => ({ declineShare: luck.share(0.3, 0.9) }))],
  ['provider', provider('provider losing answers', (luck) => ({ loseAnswerShare: luck.share(0.3, 1) }))],
  ...LINKS.map((link): [Group, Draw] => [
    'connections',
    (luck, _, longestMs) => ({
      group: 'connections',
      kind: 'connections cut half-way',
      link,
      share: luck.share(0.01, 0.1),
      forMs: lasting(luck, 3000, 8000, longestMs),
    }),
  ]),
  [
    'connections',
    (luck, _, longestMs) => ({
      group: 'connections',
      kind: 'connections in a black hole',
      link: luck.one(LINKS),
      thenCut: luck.share(0, 1) < 0.5,
      forMs: lasting(luck, 2000, 8000, longestMs),
    }),
  ],
  [
    'connections',
    (luck, _, longestMs) => ({
      group: 'connections',
      kind: 'connections refused',
      link: luck.one(LINKS),
      forMs: lasting(luck, 2000, 8000, longestMs),
    }),
  ],
  ...REDIS_LOSS_DRAWS,
]

type StoreKind = 'mysql frozen' | 'mysql restarted' | 'redis frozen' | 'redis restarted'

function store(
  group: 'mysql' | 'redis',
  kind: StoreKind,
  luck: Luck,
  longestMs: number,
  msMax: number,
): Fault {
  return { group, kind, forMs: lasting(luck, 500, msMax, longestMs) }
}

function provider(
  kind: Extract<Fault, { group: Group; dials: object }>['kind'],
  dials: (luck: Luck) => Extract<Fault, { dials: object }>['dials'],
): Draw {
  return (luck, _, longestMs) => ({
    group: 'provider',
    kind,
    dials: dials(luck),
    forMs: lasting(luck, 3000, 10_000, longestMs),
  })
}
