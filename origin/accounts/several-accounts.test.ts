import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import type { Transaction } from '../../drizzle/database.ts'
import { accounts, emailConfirmations } from '../../drizzle/schema/accounts.ts'
import { newFan } from '../testing/account-emails.ts'
import { another, idOf, useAccounts } from '../testing/accounts.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { makeTestOrder } from '../testing/sales.ts'
import { findOpened, readKnownAccounts } from './accounts-of-address.ts'
import { createPasswords, type Passwords } from './passwords.ts'

const own = useAccounts()
const { db, tokens, call, signUp, signUpProven, signIn, setByMail, enter, latest, deliver, emailsTo } = own

/** Returns no hash until this many passwords are hashed: then all of them are written at the same moment. */
function inStep(passwords: Passwords, count: number): Passwords {
  const all = Promise.withResolvers<void>()
  let done = 0
  return {
    ...passwords,
    async hash(password, like) {
      const result = await passwords.hash(password, like)
      done += 1
      if (done >= count) all.resolve()
      await all.promise
      return result
    },
  }
}

describe('a further account of an address', () => {
  it('is separate, shows nothing of the other, and cannot be proven once the other is', async () => {
    const owner = await signUpProven()
    const other = await signUp({ ...another(owner, 'words of a stranger'), name: 'A stranger' })
    expect(other.id).not.toBe(owner.id)
    const me = await call('/me', { method: 'GET', token: other.session })
    expect(me.body).toMatchObject({ id: other.id, name: 'A stranger', roles: ['fan'], proven: false })
    await call('/me/email-confirmation', { token: other.session, body: {} })
    await deliver()
    expect(emailsTo(owner.email).map(({ subject }) => subject)).toEqual([
      'Confirm your e-mail address for Naru',
      'You already have a Naru account',
    ])
    const [row] = await db()
      .select()
      .from(emailConfirmations)
      .where(eq(emailConfirmations.accountId, other.id))
    const code = tokens.emailSecrets.code('confirm-email', row?.secretId ?? '')
    expect(await enter(other.session, code)).toMatchObject({ status: 409, body: { code: 'address-taken' } })
    expect(idOf(await signIn(owner.email, owner.password))).toBe(owner.id)
    expect(idOf(await signIn(owner.email, 'words of a stranger'))).toBe(other.id)
  })

  it('notifies the owner of the address once per period, with nothing that its creator chose', async () => {
    const owner = await signUpProven()
    for (const password of ['first words', 'second words']) {
      await signUp({ ...another(owner, password), name: 'Visit elsewhere.test' })
    }
    await deliver()
    const told = emailsTo(owner.email).filter(({ subject }) => subject.includes('already'))
    expect(told).toHaveLength(1)
    expect(told[0]?.text).toContain('/forgot-password')
    expect(JSON.stringify(emailsTo(owner.email))).not.toContain('elsewhere')
  })

  it('does not notify the owner of the address when its own password is changed', async () => {
    const owner = await signUpProven()
    const other = await signUp(another(owner, 'words of a stranger'))
    const body = { current: 'words of a stranger', password: 'further words of a stranger' }
    expect((await call('/me/password', { method: 'PUT', token: other.session, body })).status).toBe(200)
    await deliver()
    expect(emailsTo(owner.email).map(({ subject }) => subject)).not.toContain(
      'Your Naru password was changed',
    )
  })

  it('is proven by its own code, although another person has signed up with the address before', async () => {
    const squatter = await signUp()
    const first = await latest(squatter.email)
    const owner = await signUp(another(squatter, 'words of the owner'))
    const second = await latest(owner.email)
    expect(second.code).not.toBe('none')
    expect((await enter(owner.session, second.code)).body).toMatchObject({ account: { proven: true } })
    expect((await enter(squatter.session, first.code)).body).toMatchObject({ code: 'address-taken' })
    expect(idOf(await setByMail(owner.email, 'other words of the owner'))).toBe(owner.id)
  })

  it('leaves the first account to the owner of the mailbox, by its password or by a reset', async () => {
    const owner = await signUp()
    const { code } = await latest(owner.email)
    await signUp(another(owner, 'words of a stranger'))
    const set = await setByMail(owner.email, 'other words of the owner')
    expect(set.body).toMatchObject({ account: { id: owner.id, proven: true } })
    expect((await enter(String(set.body['token']), code)).status).toBe(200)
  })

  it('is not opened by a reset when another one has bought something', async () => {
    const squatter = await signUp()
    const owner = await signUp(another(squatter, 'words of the owner'))
    const festival = await makeTestFestival({ db: db() })
    const basket = [{ type: festival.types[0] ?? 0, quantity: 1 }]
    await makeTestOrder(db(), { festival: festival.id, account: owner.id, basket })
    expect(idOf(await setByMail(owner.email, 'other words of the owner'))).toBe(owner.id)
  })

  it('is not opened by a reset, however many were created before the one that has bought something', async () => {
    const first = await signUp()
    const [row] = await db().select().from(accounts).where(eq(accounts.id, first.id))
    if (row === undefined) throw new Error('the account is there')
    const others = Array.from({ length: 120 }, () => ({
      ...row,
      id: uuidv7(),
      emailKey: null,
      passwordHash: 'none',
    }))
    await db().insert(accounts).values(others)
    const owner = await signUp(another(first, 'words of the owner'))
    const festival = await makeTestFestival({ db: db() })
    const basket = [{ type: festival.types[0] ?? 0, quantity: 1 }]
    await makeTestOrder(db(), { festival: festival.id, account: owner.id, basket })
    expect(idOf(await setByMail(owner.email, 'other words of the owner'))).toBe(owner.id)
  })

  it('keeps what it has bought when another account proves the address', async () => {
    const other = await signUp()
    const festival = await makeTestFestival({ db: db() })
    const basket = [{ type: festival.types[0] ?? 0, quantity: 1 }]
    const order = await makeTestOrder(db(), { festival: festival.id, account: other.id, basket })
    await signUpProven(another(other, 'words of the owner'))
    const again = await signIn(other.email, other.password)
    expect(idOf(again)).toBe(other.id)
    const stored = await call(`/orders/${order}`, { method: 'GET', token: String(again.body['token']) })
    expect(stored).toMatchObject({ status: 200, body: { id: order } })
  })

  it('no longer opens the proven one when both get the same password, and discloses nothing', async () => {
    const owner = await signUpProven()
    const other = await signUp(another(owner, 'words of a stranger'))
    const body = { current: 'words of a stranger', password: owner.password }
    expect((await call('/me/password', { method: 'PUT', token: other.session, body })).status).toBe(200)
    expect(idOf(await signIn(owner.email, owner.password))).toBe(owner.id)
  })

  it('is created once per password when dozens sign up concurrently, and one of all is proven', async () => {
    const form = newFan()
    const fans = await Promise.all(
      Array.from({ length: 24 }, (_, n) => signUp(another(form, `password number ${n % 6}`))),
    )
    expect(new Set(fans.map(({ id }) => id)).size).toBe(6)
    const rows = await db().select().from(accounts).where(eq(accounts.email, form.email))
    expect(rows).toHaveLength(6)
    expect(rows.filter(({ emailKey }) => emailKey !== null)).toHaveLength(1)
    for (let n = 0; n < 6; n += 1) {
      expect(idOf(await signIn(form.email, `password number ${n}`))).toBe(fans[n]?.id)
    }
    await deliver()
    const codes = await Promise.all(
      rows.map(async ({ id }) => {
        const of = eq(emailConfirmations.accountId, id)
        const [row] = await db().select().from(emailConfirmations).where(of)
        return tokens.emailSecrets.code('confirm-email', row?.secretId ?? '')
      }),
    )
    const entered = await Promise.all(
      rows.map(({ id }, n) => enter(fans.find((fan) => fan.id === id)?.session ?? '', codes[n] ?? '')),
    )
    expect(entered.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409, 409])
  })

  it('is one account when several sign up with the same password concurrently', async () => {
    const first = await signUp()
    const form = another(first, 'words of another')
    for (const body of [form, newFan()]) {
      const to = own.createApp(inStep(createPasswords(2, 100), 8))
      const answers = await Promise.all(Array.from({ length: 8 }, () => call('/accounts', { body, to })))
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201))
      expect(new Set(answers.map(idOf)).size).toBe(1)
    }
  })

  it('is found by reading a few rows, however many the address has', async () => {
    const fan = await signUp()
    const [row] = await db().select().from(accounts).where(eq(accounts.id, fan.id))
    if (row === undefined) throw new Error('the account is there')
    const others = Array.from({ length: 3000 }, (_, n) => ({
      ...row,
      ...{ id: randomUUID(), emailKey: null, passwordHash: `${row.passwordHash.slice(0, -4)}${1000 + n}` },
    }))
    await db().insert(accounts).values(others)
    await db().transaction(async (tx) => {
      const before = await rowsRead(tx)
      expect((await readKnownAccounts(tx, fan.email)).hash).toContain('$argon2id$')
      for (const hash of [row.passwordHash, others[2000]?.passwordHash ?? '', 'none']) {
        expect((await findOpened(tx, fan.email, hash))?.passwordHash).toBe(hash === 'none' ? undefined : hash)
      }
      expect((await rowsRead(tx)) - before).toBeLessThan(100)
    })
  })
})

/** Rows and index entries that a connection has read so far. */
async function rowsRead(tx: Transaction): Promise<number> {
  const [rows] = (await tx.execute(sql`show session status like 'Handler_read%'`)) as unknown as [
    { Value: string }[],
  ]
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0)
}
