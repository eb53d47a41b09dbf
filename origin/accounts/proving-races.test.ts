import { randomUUID } from 'node:crypto'
import { eq, inArray, sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { accounts, emailConfirmations } from '../../drizzle/schema/accounts.ts'
import { newFan } from '../testing/account-emails.ts'
import { another, type Fan, useAccounts } from '../testing/accounts.ts'

const { db, tokens, call, enter, signUp, latest } = useAccounts()

const ROUNDS = 4

async function codeOf({ id }: Fan): Promise<string> {
  const [row] = await db().select().from(emailConfirmations).where(eq(emailConfirmations.accountId, id))
  return tokens.emailSecrets.code('confirm-email', row?.secretId ?? '')
}

/** As a batch of payments being settled does: locks all its accounts, in the order of their IDs. */
function lockAll(fans: readonly Fan[]): Promise<unknown> {
  const ids = fans.map(({ id }) => id)
  return db().transaction(
    (tx) =>
      tx
        .select({ locked: sql`count(*)` })
        .from(accounts, { forceIndex: 'PRIMARY' })
        .where(inArray(accounts.id, ids))
        .for('update'),
    { isolationLevel: 'read committed' },
  )
}

/** Five accounts of one address, of which the second was created with another spelling, and a reset link. */
async function prepare() {
  const form = newFan()
  const fans: Fan[] = []
  for (let n = 0; n < 5; n += 1) {
    const email = n === 1 ? form.email.replace('@', '+tag@') : form.email
    fans.push(await signUp({ ...form, email, password: `password number ${n}` }))
  }
  const codes = await Promise.all(fans.map(codeOf))
  await call('/password-resets', { body: { email: form.email } })
  const token = /\/new-password\?token=([\w-]{43})/.exec((await latest(form.email)).text)?.[1]
  return { form, fans, codes, token }
}

it('proves one account of an address without deadlocks, whatever runs concurrently', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { form, fans, codes, token } = await prepare()
    const locks = Array.from({ length: 20 }, () => lockAll(fans))
    const entered = [...fans, ...fans].map((fan, n) => enter(fan.session, codes[n % fans.length] ?? ''))
    const others = [
      ...Array.from({ length: 6 }, (_, n) => call('/accounts', { body: another(form, `more words ${n}`) })),
      ...fans.map(({ session }) => call('/me/email-confirmation', { token: session, body: {} })),
      call('/password-resets/completion', { body: { token, password: randomUUID() } }),
    ]
    await Promise.all(locks)
    const refused = (await Promise.all(entered)).filter(({ status }) => status !== 200)
    // The account whose password is set is signed out meanwhile.
    for (const { status } of refused) expect([401, 409]).toContain(status)
    const statuses = (await Promise.all(others)).map(({ status }) => status)
    expect(statuses.filter((status) => status >= 500)).toEqual([])
    const rows = await db()
      .select({ key: accounts.emailKey, at: accounts.emailProvenAt })
      .from(accounts)
      .where(
        inArray(
          accounts.id,
          fans.map(({ id }) => id),
        ),
      )
    expect(rows.filter(({ at }) => at !== null)).toHaveLength(1)
    expect(rows.filter(({ key }) => key !== null)).toEqual(rows.filter(({ at }) => at !== null))
  }
})
