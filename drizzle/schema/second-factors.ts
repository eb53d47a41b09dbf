import { int, mysqlTable, primaryKey } from 'drizzle-orm/mysql-core'
import { accounts } from './accounts.ts'
import { instant, uuid, word } from './columns.ts'

/** Authenticator apps, one per account. */
export const secondFactors = mysqlTable('second_factors', {
  accountId: uuid('account_id')
    .primaryKey()
    .references(() => accounts.id),
  /** The secret for computing codes, encrypted with a key that the database does not have. */
  sealedSecret: word('sealed_secret', { length: 200 }).notNull(),
  createdAt: instant('created_at').notNull(),
  /** When its owner first entered a correct code; the app counts only from then on. */
  confirmedAt: instant('confirmed_at'),
  /** The time step of the last accepted code, so that none is accepted twice. */
  usedStep: int('used_step', { unsigned: true }),
  /** Wrong codes since `wrongFrom`. */
  wrongCodes: int('wrong_codes', { unsigned: true }).notNull().default(0),
  wrongFrom: instant('wrong_from'),
})

/** Recovery codes for a lost authenticator app: a row is deleted when its code is used. */
export const recoveryCodes = mysqlTable(
  'recovery_codes',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** SHA-256 in hex of 80 random bits, too many to guess. */
    codeHash: word('code_hash', { length: 64 }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.codeHash] })],
)
