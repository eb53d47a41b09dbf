import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { accounts, passwordResets } from '../../drizzle/schema/accounts.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { hashToken } from '../../origin/accounts/email-secrets.ts'
import { addOrganiser } from './organiser.ts'
import { makeTestHost } from './testing/host.ts'

const { db, url } = useDatabase()

function makeOriginHost(databaseUrl: string) {
  const { host, configure } = makeTestHost()
  configure('origin.env', 'GATEWAY_PUBLIC_URL="https://tickets.example.org/"\n')
  configure('credentials/origin/DATABASE_URL', `${databaseUrl}\n`)
  return host
}

describe('adding an organiser', () => {
  it('returns a link to the page of the public URL, whose token is stored as a hash', async () => {
    const { link } = await addOrganiser(makeOriginHost(url()), { email: 'Olla@example.org' })
    const [, token = ''] =
      /^https:\/\/tickets\.example\.org\/new-password\?token=([\w-]{43})$/.exec(link) ?? []
    const found = await db()
      .select({ email: accounts.email })
      .from(passwordResets)
      .innerJoin(accounts, eq(accounts.id, passwordResets.accountId))
      .where(eq(passwordResets.tokenHash, hashToken(token)))
    expect(found).toEqual([{ email: 'olla@example.org' }])
  })

  it('says in one line what is wrong with the address or the database', async () => {
    const host = makeOriginHost('mysql://nobody@127.0.0.1:2/none')
    await expect(addOrganiser(host, { email: 'olla' })).rejects.toThrow('"olla" is not an e-mail address')
    await expect(addOrganiser(host, { email: 'olla@example.org' })).rejects.toThrow('MySQL is not reachable')
  })
})
