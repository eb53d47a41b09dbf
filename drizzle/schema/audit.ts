import { bigint, index, mysqlTable } from 'drizzle-orm/mysql-core'
import { accounts } from './accounts.ts'
import { instant, structure, uuid, word } from './columns.ts'

/** The settings that a change touched, by name, as JSON values. */
export type AuditedFields = Record<string, unknown>

/** Who changed what, and when: written in the transaction of the change, and never altered. */
export const auditLog = mysqlTable(
  'audit_log',
  {
    id: bigint('id', { mode: 'number', unsigned: true }).autoincrement().primaryKey(),
    at: instant('at').notNull(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The kind of change, such as `room.change`. */
    action: word('action', { length: 64 }).notNull(),
    /** The changed object: the room. */
    subject: word('subject', { length: 100 }).notNull(),
    /**
     * The festival whose team made the change; null for a change without a festival. No foreign key: the changes of a
     * deleted draft stay.
     */
    festivalId: word('festival_id', { length: 64 }),
    before: structure<AuditedFields>('before').notNull(),
    after: structure<AuditedFields>('after').notNull(),
  },
  (table) => [
    index('audit_log_subject').on(table.subject, table.id),
    index('audit_log_festival').on(table.festivalId, table.id),
    index('audit_log_account').on(table.accountId, table.id),
  ],
)
