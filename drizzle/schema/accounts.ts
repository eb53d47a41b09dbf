import { mysqlTable, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
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
  },
  (table) => [uniqueIndex('accounts_email').on(table.email)],
)
