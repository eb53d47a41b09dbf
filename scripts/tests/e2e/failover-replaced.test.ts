import { preservesConfirmedOutcomes } from './failover/drill.ts'

preservesConfirmedOutcomes('pair', [
  [
    'fails over as planned and keeps its connections',
    { kind: 'redis replaced by its replica', behindMs: 0, unavailableMs: 0, previous: 'kept, read-only' },
  ],
  [
    'dies without a word',
    { kind: 'redis replaced by its replica', behindMs: 0, unavailableMs: 1000, previous: 'silent' },
  ],
  [
    'is replaced by a replica that lacks half a second',
    { kind: 'redis replaced by its replica', behindMs: 500, unavailableMs: 500, previous: 'killed' },
  ],
  [
    'is replaced by a replica that lacks two seconds',
    { kind: 'redis replaced by its replica', behindMs: 2000, unavailableMs: 500, previous: 'killed' },
  ],
])
