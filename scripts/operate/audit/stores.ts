import type { Database } from '../../../drizzle/database.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import type { FetchLedger } from './read-ledger.ts'

/** The stores that an audit reads. A provider that does not list its charges has no ledger. */
export type Stores = { db: Database; redis: Redis; fetchLedger: FetchLedger | undefined }
