import type { Fault, Group } from './fault.ts'
import type { Luck } from './luck.ts'

/** The maximum time after a loss of Redis until the service has recovered and is stable. */
const REDIS_LOSS_MS_MAX = 24_000

/** As with managed Redis: maintenance loses nothing; a primary that dies loses its last writes. */
const BEHIND_MS = [0, 500, 2000] as const

type Draw = (luck: Luck, options: { gateways: number }) => Fault

const forMs = REDIS_LOSS_MS_MAX

export const REDIS_LOSS_DRAWS: readonly [Group, Draw][] = [
  ...BEHIND_MS.map((behindMs): [Group, Draw] => [
    'failover',
    (luck) => ({
      group: 'failover',
      kind: 'redis replaced by its replica',
      behindMs,
      unavailableMs: luck.between(0, 2000),
      previous: luck.one(['kept, read-only', 'killed']),
      forMs,
    }),
  ]),
  [
    'silence',
    (luck) => ({
      group: 'silence',
      kind: 'redis replaced by its replica',
      behindMs: luck.one(BEHIND_MS),
      unavailableMs: luck.between(500, 3000),
      previous: 'silent',
      forMs,
    }),
  ],
  [
    'read-only',
    (luck) => ({
      group: 'read-only',
      kind: 'redis read-only',
      readOnlyMs: luck.between(1000, 6000),
      forMs,
    }),
  ],
  [
    'split',
    (luck, { gateways }) => ({
      group: 'split',
      kind: 'redis split',
      gateway: luck.between(0, gateways - 1),
      behindMs: luck.one(BEHIND_MS),
      splitMs: luck.between(3000, 8000),
      forMs,
    }),
  ],
  [
    'memory',
    (luck) => ({ group: 'memory', kind: 'redis out of memory', outMs: luck.between(1000, 6000), forMs }),
  ],
  [
    'snapshot',
    (luck) => ({
      group: 'snapshot',
      kind: 'redis restored from a snapshot',
      ageMs: luck.between(2000, 8000),
      forMs,
    }),
  ],
  ...BEHIND_MS.map((behindMs): [Group, Draw] => [
    'node',
    () => ({ group: 'node', kind: 'redis node replaced by its replica', behindMs, forMs }),
  ]),
  [
    'node',
    (luck) => ({
      group: 'node',
      kind: 'redis node restarted from a snapshot',
      ageMs: luck.between(500, 3000),
      forMs,
    }),
  ],
]
