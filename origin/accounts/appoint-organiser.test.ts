import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { accounts, passwordResets } from '../../drizzle/schema/accounts.ts'
import { auditLog } from '../../drizzle/schema/audit.ts'
import { operators } from '../../drizzle/schema/teams.ts'
import { newFan } from '../testing/account-emails.ts'
import { idOf, useAccounts } from '../testing/accounts.ts'
import { appointOrganiser } from './appoint-organiser.ts'
import { createPasswords } from './passwords.ts'

const { db, call, signUp, signUpProven, signIn } = useAccounts()
const passwords = createPasswords(1, 10)

const ROUNDS = 3

const appoint = (email: string, seconds?: number, now = Date.now) =>
  appointOrganiser({ db: db(), now, passwords }, { email, ...(seconds === undefined ? {} : { seconds }) })
const setPassword = (token: string, password: string) =>
  call('/password-resets/completion', { body: { token, password } })
const isOperator = async (account: string) =>
  (await db().$count(operators, eq(operators.accountId, account))) === 1
const rowOf = async (account: string) =>
  (await db().select().from(accounts).where(eq(accounts.id, account)))[0]

describe('appointing an organiser', () => {
  it('creates an account that its link opens once, with the roles organiser and operator', async () => {
    const { email, password } = newFan()
    const { account, token } = await appoint(email)
    expect((await setPassword(token, password)).status).toBe(200)
    const signedIn = await signIn(email, password)
    expect(idOf(signedIn)).toBe(account)
    expect(signedIn.body['account']).toMatchObject({ roles: ['fan', 'organiser'] })
    expect((await rowOf(account))?.emailProvenAt).not.toBeNull()
    expect(await isOperator(account)).toBe(true)
    expect((await setPassword(token, `${password}-again`)).status).toBe(410)
  })

  it('stores a hash of the token, and voids it when it has expired', async () => {
    const { email, password } = newFan()
    const { account, token } = await appoint(email, 60, () => Date.now() - 61_000)
    const stored = await db().select().from(passwordResets).where(eq(passwordResets.accountId, account))
    expect(stored).toHaveLength(1)
    expect(JSON.stringify(stored)).not.toContain(token)
    expect((await setPassword(token, password)).status).toBe(410)
  })

  it('gives no role to an unproven account that someone else created with the address', async () => {
    const squatter = await signUp()
    const { account, token } = await appoint(squatter.email)
    expect(account).not.toBe(squatter.id)
    expect(await isOperator(squatter.id)).toBe(false)
    expect((await rowOf(squatter.id))?.roles).not.toContain('organiser')
    expect((await setPassword(token, 'a long new password')).status).toBe(200)
    expect((await rowOf(account))?.emailProvenAt).not.toBeNull()
    expect(idOf(await signIn(squatter.email, squatter.password))).toBe(squatter.id)
  })

  it('appoints the proven account of the address, which keeps its password until the link is used', async () => {
    const fan = await signUpProven()
    const { account } = await appoint(fan.email.toUpperCase())
    expect(account).toBe(fan.id)
    expect(await isOperator(fan.id)).toBe(true)
    const signedIn = await signIn(fan.email, fan.password)
    expect(signedIn.body['account']).toMatchObject({
      id: fan.id,
      roles: expect.arrayContaining(['organiser']),
    })
  })

  it('voids the previous link of the same account when it is repeated', async () => {
    const { email, password } = newFan()
    const first = await appoint(email)
    const second = await appoint(email)
    expect(second.account).toBe(first.account)
    expect((await setPassword(first.token, password)).status).toBe(410)
    expect((await setPassword(second.token, password)).status).toBe(200)
  })

  it('appoints one account, with one link, for commands that run concurrently', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { email, password } = newFan()
      const appointed = await Promise.all(Array.from({ length: 3 }, () => appoint(email)))
      expect(new Set(appointed.map(({ account }) => account)).size).toBe(1)
      expect(await db().$count(accounts, eq(accounts.email, email))).toBe(1)
      const statuses: number[] = []
      for (const { token } of appointed) statuses.push((await setPassword(token, password)).status)
      expect(statuses.toSorted()).toEqual([200, 410, 410])
    }
  })

  it('is written to the audit log once', async () => {
    const { email } = newFan()
    const { account } = await appoint(email)
    await appoint(email)
    const changes = await db()
      .select()
      .from(auditLog)
      .where(eq(auditLog.subject, `account:${account}`))
    expect(changes.map(({ action, after }) => [action, after])).toEqual([
      ['account.roles', { roles: ['fan', 'organiser', 'operator'] }],
    ])
  })
})
