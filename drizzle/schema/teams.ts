import {
  boolean,
  index,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core'
import { accounts } from './accounts.ts'
import { festivals } from './catalogue.ts'
import { instant, uuid, word } from './columns.ts'

/** Roles in a festival's team, the most powerful first (`origin/access/rights.ts` lists the rights of each). */
export const TEAM_ROLES = ['owner', 'manager', 'viewer', 'gate'] as const
export type TeamRole = (typeof TEAM_ROLES)[number]

/** The members of each festival's team. Each festival created by a person has at least one owner. */
export const teamMembers = mysqlTable(
  'team_members',
  {
    festivalId: word('festival_id', { length: 64 })
      .notNull()
      .references(() => festivals.id),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    role: mysqlEnum('role', TEAM_ROLES).notNull(),
    /** When the account got this role. */
    since: instant('since').notNull(),
    /** Who gave it; null where a migration or command did. */
    addedBy: uuid('added_by').references(() => accounts.id),
  },
  (table) => [
    primaryKey({ columns: [table.festivalId, table.accountId] }),
    index('team_members_account').on(table.accountId, table.role),
  ],
)

/**
 * The operators, who manage what belongs to no single festival: roles of the installation, teams without an owner, dead
 * letters. A separate table instead of a role in the session token: services of the previous release would refuse a
 * token that has it.
 */
export const operators = mysqlTable('operators', {
  accountId: uuid('account_id')
    .primaryKey()
    .references(() => accounts.id),
  since: instant('since').notNull(),
  addedBy: uuid('added_by').references(() => accounts.id),
})

/** Pending invitations to teams; one per festival and mailbox. */
export const teamInvitations = mysqlTable(
  'team_invitations',
  {
    id: uuid('id').primaryKey(),
    festivalId: word('festival_id', { length: 64 })
      .notNull()
      .references(() => festivals.id),
    /** The address that mail is sent to. */
    email: varchar('email', { length: 254 }).notNull(),
    /** The normal form, which the accepting account must have. */
    emailKey: word('email_key', { length: 254 }).notNull(),
    role: mysqlEnum('role', TEAM_ROLES).notNull(),
    /** SHA-256 in hex of the link's token: reading this table is not enough to accept an invitation. */
    tokenHash: word('token_hash', { length: 64 }).notNull(),
    invitedBy: uuid('invited_by')
      .notNull()
      .references(() => accounts.id),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    uniqueIndex('team_invitations_mailbox').on(table.festivalId, table.emailKey),
    uniqueIndex('team_invitations_token').on(table.tokenHash),
  ],
)

/** A team's requirements for its members; a team without a row has none. */
export const teamSettings = mysqlTable('team_settings', {
  festivalId: word('festival_id', { length: 64 })
    .primaryKey()
    .references(() => festivals.id),
  /** Members cannot act with a session that began without a second factor. */
  secondFactorRequired: boolean('second_factor_required').notNull(),
})
