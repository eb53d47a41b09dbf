import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { emailConfirmations } from '../../drizzle/schema/accounts.ts'
import { newFan } from '../testing/account-emails.ts'
import { type Answer, another, type CallOptions, idOf, useAccounts } from '../testing/accounts.ts'

const { db, tokens, hashed, call, signUp, signUpProven, signIn, deliver } = useAccounts()

/** What a client sees of a response, without what differs each time. */
function seen({ status, body, headers }: Answer) {
  const masked = JSON.stringify(body)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replaceAll('ID+tag@', 'ID@')
    .replaceAll(/"token":"[^"]*"/g, '"token"')
    .replaceAll(/"expiresAt":"[^"]*"/g, '"expiresAt"')
  const cookies = headers.getSetCookie().map((line) => line.replaceAll(/=[^;]*|Expires=[^;]*/g, '='))
  return { status, masked, headers: [...headers.keys()], cookies }
}

/** Everything that a client can do with an address whose e-mail it does not receive; the responses as it sees them. */
async function probe(email: string): Promise<{ seen: unknown[]; hashes: number[] }> {
  const answers: Answer[] = []
  const hashes: number[] = []
  const ask = async (path: string, options: CallOptions) => {
    const before = hashed()
    const answer = await call(path, options)
    hashes.push(hashed() - before)
    answers.push(answer)
    return answer
  }
  const [first, second] = ['first words of a stranger', 'second words of a stranger']
  const form = { email, password: first, name: 'A stranger' }
  const up = await ask('/accounts', { body: form })
  const token = String(up.body['token'])
  await ask('/accounts', { body: form })
  await ask('/accounts', { body: { ...form, password: second } })
  for (const password of [first, second, 'neither of the words']) {
    await ask('/sessions', { body: { email, password } })
  }
  await ask('/me', { method: 'GET', token })
  await ask('/me/session', { token })
  await ask('/me/email-confirmation', { token, body: {} })
  await deliver()
  await ask('/me/email-confirmation', { token, body: {} })
  for (let n = 0; n < 6; n += 1) {
    await ask('/me/email-confirmation/completion', { token, body: { code: await wrongCode(idOf(up) ?? '') } })
  }
  await ask('/password-resets', { body: { email } })
  await ask('/me/password', { method: 'PUT', token, body: { current: first, password: 'third words of it' } })
  await ask('/sessions', { body: { email, password: first } })
  await ask('/sessions', { body: { email, password: 'third words of it' } })
  return { seen: answers.map(seen), hashes }
}

async function wrongCode(account: string): Promise<string> {
  const [row] = await db().select().from(emailConfirmations).where(eq(emailConfirmations.accountId, account))
  const right = tokens.emailSecrets.code('confirm-email', row?.secretId ?? '')
  return right === '123456' ? '654321' : '123456'
}

// Row "Sign-up tells whether an address has an account".
describe('whether an address has an account', () => {
  const cases: Record<string, () => Promise<string>> = {
    'whose account is proven': async () => (await signUpProven()).email,
    'whose account is not proven': async () => (await signUp()).email,
    'whose account is proven in another spelling': async () => {
      const local = randomUUID()
      await signUpProven({ ...newFan(), email: `${local}@naru.test` })
      return `${local}+tag@naru.test`
    },
    'with several accounts': async () => {
      const fan = await signUpProven()
      await signUp(another(fan, 'other words'))
      return fan.email
    },
  }

  it.each(Object.keys(cases))(
    'is disclosed by no response, nor by its cost: an address %s, and one without',
    async (name) => {
      const known = await probe((await cases[name]?.()) ?? '')
      const unknown = await probe(newFan().email)
      expect(unknown.seen.map((each) => (each as { status: number }).status)).toEqual([
        201, 201, 201, 201, 201, 401, 200, 200, 202, 202, 403, 403, 403, 403, 403, 410, 202, 200, 401, 201,
      ])
      expect(known).toEqual(unknown)
    },
  )

  it('is found with one hash at sign-up and at sign-in, however many accounts the address has', async () => {
    const fan = await signUp()
    for (let n = 0; n < 30; n += 1) await signUp(another(fan, `password number ${n}`))
    const before = hashed()
    await signUp(another(fan, 'one password more'))
    expect(hashed() - before).toBe(1)
    expect(idOf(await signIn(fan.email, fan.password))).toBe(fan.id)
    expect(hashed() - before).toBe(2)
    expect((await signIn(fan.email, 'a wrong password')).status).toBe(401)
    expect(hashed() - before).toBe(3)
  })
})
