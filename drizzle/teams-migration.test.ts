import { readFile } from 'node:fs/promises'
import { asc, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { expect, it } from 'vitest'
import { accounts } from './schema/accounts.ts'
import { auditLog } from './schema/audit.ts'
import { festivals } from './schema/catalogue.ts'
import { operators, teamMembers } from './schema/teams.ts'
import { useDatabase } from './testing/database.ts'

const { db } = useDatabase()

/** The migration's changes of rows: its tables exist already, and are empty. */
async function moveRows(): Promise<void> {
  const migration = await readFile(new URL('./migrations/0029_teams.sql', import.meta.url), 'utf8')
  const statements = migration.split('--> statement-breakpoint').map((statement) => statement.trim())
  for (const statement of statements.filter((each) => /^(INSERT|UPDATE)/.test(each))) {
    await db().execute(sql.raw(statement))
  }
}

it('M6: makes organisers owners and operators, and staff gate staff, of every festival that exists', async () => {
  const at = new Date()
  const [organiser, staff, both, fan] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()]
  const roles = new Map([
    [organiser, ['fan', 'organiser']],
    [staff, ['staff']],
    [both, ['staff', 'organiser']],
    [fan, ['fan']],
  ])
  await db()
    .insert(accounts)
    .values(
      [...roles].map(([id, has]) => ({
        ...{ id, email: `${id}@naru.test`, name: 'A', passwordHash: 'none', createdAt: at, roles: has },
      })),
    )
  await db()
    .insert(festivals)
    .values(
      ['one', 'two'].map((id) => ({
        ...{ id, name: 'A', place: 'B', startsAt: at, endsAt: at, currency: 'KRW', createdAt: at },
      })),
    )
  await db()
    .insert(auditLog)
    .values(
      ['one', `account:${fan}`].map((subject) => ({
        ...{ at, accountId: organiser, action: 'some.thing', subject, before: {}, after: {} },
      })),
    )
  await moveRows()
  const members = await db().select().from(teamMembers).orderBy(asc(teamMembers.festivalId))
  const expected = ['one', 'two'].flatMap((festivalId) => [
    { festivalId, accountId: organiser, role: 'owner' },
    { festivalId, accountId: staff, role: 'gate' },
    { festivalId, accountId: both, role: 'owner' },
  ])
  expect(members).toHaveLength(expected.length)
  expect(members).toEqual(expect.arrayContaining(expected.map((each) => expect.objectContaining(each))))
  const operating = await db().select({ id: operators.accountId }).from(operators)
  expect(operating.map(({ id }) => id).toSorted()).toEqual([organiser, both].toSorted())
  const log = await db().select({ festival: auditLog.festivalId }).from(auditLog).orderBy(asc(auditLog.id))
  expect(log).toEqual([{ festival: 'one' }, { festival: null }])
})
