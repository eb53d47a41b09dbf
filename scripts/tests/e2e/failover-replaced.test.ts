import { keepsWhatFansWereTold } from './failover/drill.ts'

keepsWhatFansWereTold('pair', [
  [
    'fails over as planned and keeps its connections',
    { kind: 'redis replaced by its replica', behindMs: 0, awayMs: 0, former: 'kept, read-only' },
  ],
  [
    'dies without a word',
    { kind: 'redis replaced by its replica', behindMs: 0, awayMs: 1000, former: 'silent' },
  ],
  [
    'is replaced by a replica that lacks half a second',
    { kind: 'redis replaced by its replica', behindMs: 500, awayMs: 500, former: 'killed' },
  ],
  [
    'is replaced by a replica that lacks two seconds',
    { kind: 'redis replaced by its replica', behindMs: 2000, awayMs: 500, former: 'killed' },
  ],
])
