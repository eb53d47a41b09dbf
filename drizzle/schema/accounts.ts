import { index, int, mysqlTable, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { instant, structure, uuid, word } from './columns.ts'

export const accounts = mysqlTable(
  'accounts',
  {
    id: uuid('id').primaryKey(),
    /**
     * In lower case, the domain in ASCII: the form that mail is sent to. Several accounts may have the same address, of
     * which at most one is proven: signing up does not reveal whether an address has an account.
     */
    email: varchar('email', { length: 254 }).notNull(),
    /**
     * The address in its normal form, without tags and ignored dots. One account has it: the first that was created
     * with it, until another one confirms the address; null for the others.
     */
    emailKey: word('email_key', { length: 254 }),
    /** When the owner proved to receive mail at the address. */
    emailProvenAt: instant('email_proven_at'),
    name: varchar('name', { length: 100 }).notNull(),
    /** `ko` or `en`: the owner's last choice; null while unknown, when e-mails are in both. */
    language: word('language', { length: 2 }),
    /** PHC string of the argon2id hash, with one salt for all accounts of an address. */
    passwordHash: word('password_hash', { length: 255 }).notNull(),
    roles: structure<string[]>('roles').notNull(),
    createdAt: instant('created_at').notNull(),
    /** Sessions that began before are revoked: signed out everywhere, or the password was changed. */
    sessionsFrom: instant('sessions_from'),
  },
  (table) => [
    index('accounts_email_password').on(table.email, table.passwordHash),
    uniqueIndex('accounts_email_key').on(table.emailKey),
  ],
)

/** Sessions that were signed out, stored for the lifetime of their tokens. */
export const endedSessions = mysqlTable(
  'ended_sessions',
  {
    /** The token's `jti`; or account and time, for one that was issued before sessions had one. */
    id: word('id', { length: 64 }).primaryKey(),
    accountId: uuid('account_id').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    index('ended_sessions_account').on(table.accountId),
    index('ended_sessions_expiry').on(table.expiresAt),
  ],
)

/** E-mails with which a forgotten password can be reset, each once and for a short time. */
export const passwordResets = mysqlTable(
  'password_resets',
  {
    /** SHA-256 in hex of the token in the e-mail: reading this table is not enough to reset a password. */
    tokenHash: word('token_hash', { length: 64 }).primaryKey(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('password_resets_account').on(table.accountId)],
)

/** Pending confirmations of an address, at most one per account. */
export const emailConfirmations = mysqlTable(
  'email_confirmations',
  {
    accountId: uuid('account_id')
      .primaryKey()
      .references(() => accounts.id),
    /** Digest of the address in its normal form, by which wrong codes are counted over all accounts of a mailbox. */
    mailbox: word('mailbox', { length: 43 }),
    /** The link's token and the code are derived from this, with a key that the database does not have. */
    secretId: uuid('secret_id').notNull(),
    /** SHA-256 in hex of the link's token. */
    tokenHash: word('token_hash', { length: 64 }).notNull(),
    expiresAt: instant('expires_at').notNull(),
    /** Wrong codes since the secret was created. */
    wrongCodes: int('wrong_codes').notNull(),
    /** Wrong codes since `dayFrom`, over all secrets created meanwhile. */
    wrongCodesOfDay: int('wrong_codes_of_day').notNull(),
    dayFrom: instant('day_from').notNull(),
  },
  (table) => [
    uniqueIndex('email_confirmations_token').on(table.tokenHash),
    index('email_confirmations_mailbox').on(table.mailbox),
  ],
)
