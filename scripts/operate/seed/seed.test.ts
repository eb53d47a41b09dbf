import { randomUUID } from 'node:crypto'
import { eq, inArray } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { festivals } from '../../../drizzle/schema/catalogue.ts'
import { operators, teamMembers } from '../../../drizzle/schema/teams.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { makeCreator } from '../../../origin/testing/teams.ts'
import { mailboxKey } from '../../../shared/mailbox.ts'
import { festivalOnSale, seedDemo } from './demo.ts'
import { seedFestival } from './festival.ts'

const { db } = useDatabase()

const newFestival = () =>
  festivalOnSale(`test-${randomUUID()}`, Date.now(), { units: 10, ratePerSecond: 1, maxActive: 1 })

async function makeOrganiser(): Promise<{ id: string; email: string }> {
  const [id, email] = [await makeCreator(db()), `${randomUUID()}@naru.test`]
  await db()
    .update(accounts)
    .set({ email, emailKey: mailboxKey(email) })
    .where(eq(accounts.id, id))
  return { id, email }
}

const teamOf = (festival: string) =>
  db()
    .select({ account: teamMembers.accountId, role: teamMembers.role })
    .from(teamMembers)
    .where(eq(teamMembers.festivalId, festival))

it('makes only the named organisers owners of a festival', async () => {
  const [first, second] = [await makeOrganiser(), await makeOrganiser()]
  await makeOrganiser()
  const festival = newFestival()
  await seedFestival({ db: db(), now: Date.now }, festival, [first.email.toUpperCase(), second.email])
  const team = await teamOf(festival.id)
  expect(team.map(({ account }) => account).toSorted()).toEqual([first.id, second.id].toSorted())
  expect(team.map(({ role }) => role)).toEqual(['owner', 'owner'])
  const alone = newFestival()
  await seedFestival({ db: db(), now: Date.now }, alone, [])
  expect(await teamOf(alone.id)).toEqual([])
})

it('creates no festival for an owner whose address has no account', async () => {
  const festival = newFestival()
  const seeding = seedFestival({ db: db(), now: Date.now }, festival, ['nobody.at.all@naru.test'])
  await expect(seeding).rejects.toThrow('No account has the address nobody.at.all@naru.test')
  expect(await db().select().from(festivals).where(eq(festivals.id, festival.id))).toEqual([])
})

it("adds only the demo's accounts to the team of its festival, also when it runs again", async () => {
  const other = await makeOrganiser()
  const festival = newFestival()
  for (let run = 0; run < 2; run += 1) await seedDemo({ db: db(), now: Date.now }, festival)
  const team = await teamOf(festival.id)
  expect(team.map(({ role }) => role).toSorted()).toEqual(['gate', 'owner'])
  expect(team.map(({ account }) => account)).not.toContain(other.id)
  const owner = team.find(({ role }) => role === 'owner')?.account ?? ''
  const operating = await db()
    .select()
    .from(operators)
    .where(inArray(operators.accountId, [owner, other.id]))
  expect(operating.map(({ accountId }) => accountId)).toEqual([owner])
})
