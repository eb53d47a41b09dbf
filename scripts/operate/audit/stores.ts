import type { Database } from '../../../drizzle/database.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import type { FetchLedger } from './read-ledger.ts'

/** The stores that an audit reads. */
export type Stores = { db: Database; redis: Redis; fetchLedger: FetchLedger }
