import { eq, sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { accounts, emailConfirmations } from '../../drizzle/schema/accounts.ts'
import { emails } from '../../drizzle/schema/email.ts'
import type { TokenClaims } from '../../shared/tokens/kinds.ts'
import { newFan } from '../testing/account-emails.ts'
import { type Fan, type Form, useAccounts } from '../testing/accounts.ts'
import { CONFIRMATION_SECONDS, WRONG_CODES_MAX, WRONG_CODES_OF_DAY_MAX } from './confirm-email.ts'

const accountsOfTest = useAccounts()
const { db, tokens, call, deliver, emailsTo } = accountsOfTest

const signUp = (change: Partial<Form> = {}) => accountsOfTest.signUp({ ...newFan(), ...change })

/** The code and the token in the latest e-mail to an address. */
async function latest(email: string): Promise<{ code: string; token: string; count: number }> {
  await deliver()
  const all = emailsTo(email).filter(({ subject }) => subject.startsWith('Confirm'))
  const text = all.at(-1)?.text ?? ''
  const code = /^\d{6}$/m.exec(text)?.[0] ?? 'none'
  return { code, token: /\?token=([\w-]{43})\n/.exec(text)?.[1] ?? 'none', count: all.length }
}

const ask = (fan: Fan) => call('/me/email-confirmation', { token: fan.session, body: {} })
const enter = ({ session }: Fan, code: string) => accountsOfTest.enter(session, code)
const open = (fan: Fan, token: string) =>
  call('/me/email-confirmation/link', { token: fan.session, body: { token } })
const me = async (fan: Fan) => (await call('/me', { method: 'GET', token: fan.session })).body
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

/** Makes an account's confirmation and its e-mails as old as if they had been requested earlier. */
async function age({ id }: Fan, ms: number): Promise<void> {
  const of = eq(emailConfirmations.accountId, id)
  const [row] = await db().select().from(emailConfirmations).where(of)
  if (row === undefined) throw new Error('nothing is under way')
  const earlier = (at: Date) => new Date(at.getTime() - ms)
  const aged = { expiresAt: earlier(row.expiresAt), dayFrom: earlier(row.dayFrom) }
  await db().update(emailConfirmations).set(aged).where(of)
  const createdAt = sql`${emails.createdAt} - interval ${ms} * 1000 microsecond`
  await db().update(emails).set({ createdAt }).where(eq(emails.accountId, id))
}

function claimsOf(token: unknown): TokenClaims<'session'> {
  const verified = tokens.verifiers.session(String(token))
  if (verified.status !== 'valid') throw new Error('the session is not valid')
  return verified.claims
}

describe('confirming an e-mail address (C2)', () => {
  it('is done by the code of the e-mail that signing up sends, and returns a session of a proven account', async () => {
    const fan = await signUp({ email: `${crypto.randomUUID()}@mail.example.org` })
    expect(claimsOf(fan.session)).not.toHaveProperty('proof')
    expect(await me(fan)).toMatchObject({ proven: false })
    const { code } = await latest(fan.email)
    const confirmed = await enter(fan, code)
    expect(confirmed).toMatchObject({ status: 200, body: { account: { id: fan.id, proven: true } } })
    expect(confirmed.headers.get('set-cookie')).toContain('__Host-naru-session=')
    const before = claimsOf(fan.session)
    expect(claimsOf(confirmed.body['token'])).toEqual({
      ...before,
      proof: { method: 'email', group: 'example.org' },
    })
    expect(await me(fan)).toMatchObject({ proven: true })
    const signedIn = await call('/sessions', { body: { email: fan.email, password: fan.password } })
    expect(claimsOf(signedIn.body['token'])).toMatchObject({ proof: { method: 'email' } })
  })

  it('is done by the link of the same e-mail where its account is signed in, and renews the session', async () => {
    const fan = await signUp()
    const { token } = await latest(fan.email)
    const opened = await open(fan, token)
    expect(opened).toMatchObject({ status: 200, body: { account: { id: fan.id, proven: true } } })
    expect((await open(fan, token)).status).toBe(200)
    for (const session of [
      opened.body['token'],
      (await call('/me/session', { token: fan.session })).body['token'],
    ]) {
      const proof = { method: 'email', group: 'naru.test' }
      expect(claimsOf(session)).toEqual({ ...claimsOf(fan.session), proof })
    }
  })

  it('is not done by a link that is opened under another account', async () => {
    const [fan, other] = [await signUp(), await signUp()]
    const { token } = await latest(fan.email)
    expect(await open(other, token)).toMatchObject({ status: 410, body: { code: 'confirmation-ended' } })
    expect((await call('/me/email-confirmation/link', { body: { token } })).status).toBe(403)
    expect([await me(fan), await me(other)]).toMatchObject([{ proven: false }, { proven: false }])
    expect((await open(fan, token)).status).toBe(200)
  })

  it('sends the same code again while it is valid, and another one once it has expired', async () => {
    const fan = await signUp()
    const first = await latest(fan.email)
    expect((await ask(fan)).status).toBe(202)
    expect(await latest(fan.email)).toEqual({ ...first, count: 2 })
    await age(fan, CONFIRMATION_SECONDS * 1000)
    expect((await enter(fan, first.code)).body).toMatchObject({ code: 'confirmation-ended' })
    expect((await open(fan, first.token)).body).toMatchObject({ code: 'confirmation-ended' })
    await ask(fan)
    const second = await latest(fan.email)
    expect(second.token).not.toBe(first.token)
    expect((await enter(fan, second.code)).status).toBe(200)
  })

  it('rejects the right code after five wrong ones, and still accepts the link', async () => {
    const fan = await signUp()
    const { code, token } = await latest(fan.email)
    for (let left = WRONG_CODES_MAX - 1; left >= 0; left -= 1) {
      const refused = await enter(fan, wrong(code))
      expect(refused).toMatchObject({ status: 403, body: { code: 'confirmation-wrong', attemptsLeft: left } })
    }
    expect(await enter(fan, code)).toMatchObject({ status: 410, body: { code: 'confirmation-ended' } })
    expect((await open(fan, token)).status).toBe(200)
  })

  it('counts wrong codes that are entered concurrently', async () => {
    const fan = await signUp()
    const { code } = await latest(fan.email)
    const answers = await Promise.all(Array.from({ length: 20 }, () => enter(fan, wrong(code))))
    const codes = answers.map(({ body }) => body['code'])
    expect(codes.filter((each) => each === 'confirmation-wrong')).toHaveLength(WRONG_CODES_MAX)
    expect(codes.filter((each) => each === 'confirmation-ended')).toHaveLength(20 - WRONG_CODES_MAX)
  })

  it('accepts no more codes of an account in a day than its limit, however many e-mails are requested', async () => {
    const fan = await signUp()
    let tried = 0
    for (let email = 0; email < 10; email += 1) {
      await ask(fan)
      const { code } = await latest(fan.email)
      for (let i = 0; i < WRONG_CODES_MAX; i += 1) {
        if ((await enter(fan, wrong(code))).status === 403) tried += 1
      }
    }
    expect(tried).toBe(WRONG_CODES_OF_DAY_MAX)
    await age(fan, 86_400_000)
    await ask(fan)
    expect((await enter(fan, (await latest(fan.email)).code)).status).toBe(200)
  })

  it('accepts the code of no other account', async () => {
    const [fan, other] = [await signUp(), await signUp()]
    const { code } = await latest(other.email)
    const own = await latest(fan.email)
    if (own.code !== code) expect((await enter(fan, code)).status).toBe(403)
    expect(await me(other)).toMatchObject({ proven: false })
  })

  it('stores nothing that confirms an address: neither token nor code', async () => {
    const fan = await signUp()
    const { code, token } = await latest(fan.email)
    const [row] = await db().select().from(emailConfirmations).where(eq(emailConfirmations.accountId, fan.id))
    expect(JSON.stringify(row)).not.toContain(token)
    expect(JSON.stringify(row)).not.toContain(code)
  })

  it('follows from setting a password by the link of an e-mail', async () => {
    const fan = await signUp()
    await call('/password-resets', { body: { email: fan.email } })
    await deliver()
    const text = emailsTo(fan.email).findLast(({ text }) => text.includes('/new-password'))?.text
    const token = /\?token=([\w-]{43})\n/.exec(text ?? '')?.[1]
    const set = await call('/password-resets/completion', { body: { token, password: 'another password' } })
    expect(claimsOf(set.body['token'])).toMatchObject({ proof: { method: 'email' } })
  })

  it.each([{}, { code: '12345' }, { code: 123456 }, { code: '１２３４５６' }])('rejects %j', async (body) => {
    const fan = await signUp()
    const refused = await call('/me/email-confirmation/completion', { token: fan.session, body })
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/code' }] } })
  })
})

describe('one account for every spelling of an address (C2)', () => {
  it('signs in at sign-up with a tag or dots when the password is right, and only then', async () => {
    const local = crypto.randomUUID().replaceAll('-', '')
    const fan = await signUp({ email: `${local}@gmail.com` })
    expect((await enter(fan, (await latest(fan.email)).code)).status).toBe(200)
    const again = { ...fan, email: `${local.slice(0, 3)}.${local.slice(3)}+rock@googlemail.com` }
    const body = { email: again.email, password: again.password, name: 'Fan' }
    expect((await call('/accounts', { body })).body).toMatchObject({ account: { id: fan.id } })
    const other = await call('/accounts', { body: { ...body, password: 'a wrong password' } })
    expect((other.body['account'] as { id: string }).id).not.toBe(fan.id)
    expect((await call('/sessions', { body: { email: again.email, password: fan.password } })).status).toBe(
      201,
    )
  })

  it('lets an owner sign up after another person has taken the address in a spelling that no e-mail reaches', async () => {
    const local = crypto.randomUUID()
    const squatter = await signUp({ email: `${local}+x@naru.test`, password: 'of the squatter' })
    const owner = await signUp({ email: `${local}@naru.test` })
    expect(owner.id).not.toBe(squatter.id)
    expect((await enter(owner, (await latest(owner.email)).code)).status).toBe(200)
    // The normal form is the owner's from now on, and the squatter's address can no longer be proven.
    const other = { ...newFan(), email: `${local}+y@naru.test` }
    expect((await call('/accounts', { body: other })).body).toMatchObject({ account: { id: owner.id } })
    const { code } = await latest(squatter.email)
    expect(await enter(squatter, code)).toMatchObject({ status: 409, body: { code: 'address-taken' } })
  })

  it('creates separate accounts for concurrent sign-ups with spellings of an unproven address, and proves one', async () => {
    const local = crypto.randomUUID()
    const addresses = ['', '+a', '+b'].map((tag) => `${local}${tag}@naru.test`)
    const fans = await Promise.all(
      addresses.map((email, n) => signUp({ email, password: `of the ${n}. of several` })),
    )
    expect(new Set(fans.map(({ id }) => id)).size).toBe(3)
    const codes: string[] = []
    for (const fan of fans) codes.push((await latest(fan.email)).code)
    const entered = await Promise.all(fans.map((fan, n) => enter(fan, codes[n] ?? '')))
    expect(entered.map(({ status }) => status).toSorted()).toEqual([200, 409, 409])
  })

  it('creates one account when several spellings sign up concurrently', async () => {
    const local = crypto.randomUUID()
    const answers = await Promise.all(
      ['', '+a', '+b', '+c'].map((tag) =>
        call('/accounts', { body: { ...newFan(), email: `${local}${tag}@naru.test` } }),
      ),
    )
    const ids = answers.map(({ body }) => (body['account'] as { id: string } | undefined)?.id)
    expect(new Set(ids).size).toBe(1)
  })

  it('lets the first of several older accounts confirm the address, and no other', async () => {
    const local = crypto.randomUUID()
    const holder = await signUp({ email: `${local}@naru.test` })
    const email = `${local}+old@naru.test`
    const old = await signUp()
    // An account older than the comparison of normal forms.
    await db().update(accounts).set({ email, emailKey: null }).where(eq(accounts.id, old.id))
    await db().delete(emailConfirmations).where(eq(emailConfirmations.accountId, old.id))
    await ask(old)
    expect((await enter(old, (await latest(email)).code)).status).toBe(200)
    const { code, token } = await latest(holder.email)
    expect(await enter(holder, code)).toMatchObject({ status: 409, body: { code: 'address-taken' } })
    expect((await open(holder, token)).status).toBe(409)
    // Both can still sign in.
    for (const fan of [holder, { ...old, email }]) {
      expect((await call('/sessions', { body: { email: fan.email, password: fan.password } })).status).toBe(
        201,
      )
    }
  })

  it.each(['fan..x.@docomo.ne.jp', 'fan@나루.한국'])('accepts the address %s', async (address) => {
    const fan = await signUp({ email: `${Math.random().toString(36).slice(2)}${address}` })
    expect(await me(fan)).toMatchObject({ email: fan.email })
  })
})
