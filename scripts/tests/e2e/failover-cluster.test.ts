import { preservesConfirmedOutcomes } from './failover/drill.ts'

preservesConfirmedOutcomes('cluster', [
  [
    'Cluster has a node replaced by a replica that lacks two seconds',
    { kind: 'redis node replaced by its replica', behindMs: 2000 },
  ],
  [
    'Cluster has a node started again from an older snapshot',
    { kind: 'redis node restarted from a snapshot', ageMs: 1000 },
  ],
])
