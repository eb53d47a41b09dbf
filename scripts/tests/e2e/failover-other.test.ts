import { preservesConfirmedOutcomes } from './failover/drill.ts'

preservesConfirmedOutcomes('pair', [
  ['is replaced for all but one gateway', { kind: 'redis split', gateway: 0, behindMs: 2000, splitMs: 6000 }],
  ['has no memory left for a while', { kind: 'redis out of memory', outMs: 2000 }],
  ['is restored from an old snapshot', { kind: 'redis restored from a snapshot', ageMs: 3000 }],
])
