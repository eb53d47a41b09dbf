import { index, mysqlTable, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { instant, structure, uuid, word } from './columns.ts'

export const accounts = mysqlTable(
  'accounts',
  {
    id: uuid('id').primaryKey(),
    /** In lower case, as compared. */
    email: varchar('email', { length: 254 }).notNull(),
    name: varchar('name', { length: 100 }).notNull(),
    /** PHC string of the argon2id hash. */
    passwordHash: word('password_hash', { length: 255 }).notNull(),
    roles: structure<string[]>('roles').notNull(),
    createdAt: instant('created_at').notNull(),
    /** Sessions begun before are over: signed out everywhere, or the password was changed. */
    sessionsFrom: instant('sessions_from'),
  },
  (table) => [uniqueIndex('accounts_email').on(table.email)],
)

/** Letters with which a forgotten password can be set anew, each once and for a short time. */
export const passwordResets = mysqlTable(
  'password_resets',
  {
    /** SHA-256 in hex of the token in the letter: who reads this table can reset nothing. */
    tokenHash: word('token_hash', { length: 64 }).primaryKey(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('password_resets_account').on(table.accountId)],
)
