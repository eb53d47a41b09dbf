import { int, mysqlTable, primaryKey } from 'drizzle-orm/mysql-core'
import { accounts } from './accounts.ts'
import { instant, uuid, word } from './columns.ts'

/** Authenticator apps of accounts, one for each. */
export const secondFactors = mysqlTable('second_factors', {
  accountId: uuid('account_id')
    .primaryKey()
    .references(() => accounts.id),
  /** What codes are computed from, encrypted with a key that the database does not have. */
  sealedSecret: word('sealed_secret', { length: 200 }).notNull(),
  createdAt: instant('created_at').notNull(),
  /** When its owner first entered a code of it; null until then, and it counts for nothing. */
  confirmedAt: instant('confirmed_at'),
  /** The time step of the last code that was accepted: none is accepted twice. */
  usedStep: int('used_step', { unsigned: true }),
  /** Wrong codes since `wrongFrom`. */
  wrongCodes: int('wrong_codes', { unsigned: true }).notNull().default(0),
  wrongFrom: instant('wrong_from'),
})

/** Codes for who has lost their authenticator app: a row is deleted when its code is used. */
export const recoveryCodes = mysqlTable(
  'recovery_codes',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** SHA-256 in hex: of 80 random bits, which cannot be guessed from it. */
    codeHash: word('code_hash', { length: 64 }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.codeHash] })],
)
