import { index, mysqlTable, primaryKey } from 'drizzle-orm/mysql-core'
import { accounts } from './accounts.ts'
import { instant, uuid, word } from './columns.ts'

/** An `Idempotency-Key` of a request that has created something: written in the transaction that creates it. */
export const idempotencyKeys = mysqlTable(
  'idempotency_keys',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** SHA-256 of the key in base64url: keys may be longer than an index allows. */
    keyHash: word('key_hash', { length: 43 }).notNull(),
    /** SHA-256 of the request in base64url, to detect a key reused for another request. */
    requestHash: word('request_hash', { length: 43 }).notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.keyHash] }),
    index('idempotency_keys_created').on(table.createdAt),
  ],
)
