import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { emailConfirmations } from '../../drizzle/schema/accounts.ts'
import { operators } from '../../drizzle/schema/teams.ts'
import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import { newFan } from '../testing/account-emails.ts'
import { another, useAccounts } from '../testing/accounts.ts'
import { makeNamedAccount } from '../testing/sales.ts'
import { WRONG_CODES_MAX, WRONG_CODES_OF_DAY_MAX, WRONG_CODES_OF_MAILBOX_MAX } from './confirm-email.ts'

const { db, tokens, call, signUp, signUpProven, latest, enter } = useAccounts()

const tokenIn = (text: string) => /\/confirm-email\?token=([\w-]{43})\n/.exec(text)?.[1] ?? 'none'

/** Enters wrong codes of an account until no more are accepted; returns how many were. */
async function guess(account: string, session: string): Promise<number> {
  let wrong = 0
  for (let email = 0; email * WRONG_CODES_MAX < WRONG_CODES_OF_DAY_MAX; email += 1) {
    await call('/me/email-confirmation', { token: session, body: {} })
    const of = eq(emailConfirmations.accountId, account)
    const [row] = await db().select().from(emailConfirmations).where(of)
    const right = tokens.emailSecrets.code('confirm-email', row?.secretId ?? '')
    const code = right === '123456' ? '654321' : '123456'
    for (let n = 0; n < WRONG_CODES_MAX; n += 1) if ((await enter(session, code)).status === 403) wrong += 1
  }
  return wrong
}

describe('an attacker who signs up with an address of another person', () => {
  it('is not proven when the owner opens every link that is sent', async () => {
    const form = newFan()
    const squatter = await signUp(form)
    const first = tokenIn((await latest(form.email)).text)
    const owner = await signUp(another(form, 'words of the owner'))
    const second = tokenIn((await latest(form.email)).text)
    expect([first, second]).not.toContain('none')
    const open = (token: string) =>
      call('/me/email-confirmation/link', { token: owner.session, body: { token } })
    expect((await open(first)).body).toMatchObject({ code: 'confirmation-ended' })
    expect((await open(second)).body).toMatchObject({ account: { id: owner.id, proven: true } })
    const me = await call('/me', { method: 'GET', token: squatter.session })
    expect(me.body).toMatchObject({ proven: false })
  })

  it('cannot guess a code by using many accounts, nor prevent the owner from proving the address', async () => {
    const local = randomUUID()
    const owner = await signUp({ ...newFan(), email: `${local}@naru.test` })
    const { code, text } = await latest(owner.email)
    let tried = 0
    for (let n = 0; tried < WRONG_CODES_OF_MAILBOX_MAX; n += 1) {
      // Each with another spelling, and all of one mailbox.
      const form = { email: `${local}+${n}@naru.test`, password: `password number ${n}`, name: 'Squatter' }
      const { id, session } = await signUp(form)
      tried += await guess(id, session)
    }
    expect(tried).toBe(WRONG_CODES_OF_MAILBOX_MAX)
    const late = await signUp({
      email: `${local}+late@naru.test`,
      password: 'late password',
      name: 'Squatter',
    })
    expect(await guess(late.id, late.session)).toBe(0)
    expect((await enter(owner.session, code)).body).toMatchObject({ code: 'confirmation-ended' })
    const body = { token: tokenIn(text) }
    expect((await call('/me/email-confirmation/link', { token: owner.session, body })).status).toBe(200)
  })

  it('is granted no role that was meant for its owner', async () => {
    const form = newFan()
    const squatter = await signUp({ ...form, name: 'The new colleague' })
    const by = await makeNamedAccount(db(), { name: 'Olla', roles: ['organiser'] })
    await db().insert(operators).values({ accountId: by, since: new Date() })
    const iat = Math.floor(Date.now() / 1000)
    const claims = { sub: by, name: 'Olla', roles: ['organiser' as const], iat, exp: iat + 600 }
    const token = tokens.signSession({ aud: AUDIENCES.session, ...claims })
    const change = (account: string, body: object) =>
      call(`/admin/accounts/${account}`, { method: 'PATCH', token, body })
    for (const body of [{ operator: true }, { organiser: true }]) {
      expect(await change(squatter.id, body)).toMatchObject({
        status: 409,
        body: { code: 'account-unproven' },
      })
    }
    const owner = await signUpProven(another(form, 'words of the owner'))
    expect((await change(owner.id, { organiser: true })).body).toMatchObject({ roles: ['fan', 'organiser'] })
    expect((await change(squatter.id, { operator: false })).status).toBe(200)
  })
})
