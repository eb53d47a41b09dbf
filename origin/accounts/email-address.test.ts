import { readdir, readFile } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { displayEmail, parseEmailAddress } from '../../shared/email-address.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import { mailGroup } from './email-address.ts'

describe('parseEmailAddress', () => {
  it.each([
    ['  Fan@Naver.COM ', 'fan@naver.com'],
    // Some mobile carriers of Japan issued them; RFC 5321 allows them in quotes only.
    ['a..b@docomo.ne.jp', 'a..b@docomo.ne.jp'],
    ['fan.@ezweb.ne.jp', 'fan.@ezweb.ne.jp'],
    ['fan@나루.한국', 'fan@xn--910br1n.xn--3e0b707e'],
    ['fan@Bücher.de', 'fan@xn--bcher-kva.de'],
    ['fan@나루。한국', 'fan@xn--910br1n.xn--3e0b707e'],
    ["o'neil+tag@mail.example.org", "o'neil+tag@mail.example.org"],
  ])('accepts %s as %s', (raw, stored) => {
    expect(parseEmailAddress(raw)).toBe(stored)
    expect(parseEmailAddress(stored)).toBe(stored)
  })

  it.each([
    ...['', '@', 'fan', 'fan@', '@naver.com', 'fan@localhost', 'fan@127.0.0.1', 'fan@0x7f.1', 'fan@[::1]'],
    ...[
      'fan@-a.com',
      'fan@a..com',
      'fan@a.com.',
      'a b@a.com',
      'a@b@a.com',
      'fan@exa%6dple.com',
      '팬@naver.com',
    ],
    ...['a\r\nBcc: b@a.com', 'fan@a.com\u0000', `${'a'.repeat(65)}@a.com`, `fan@${'a.'.repeat(130)}com`],
    `fan@${'a'.repeat(64)}.com`,
  ])('rejects %j', (raw) => {
    expect(parseEmailAddress(raw)).toBeUndefined()
  })

  it('shows an internationalised domain in its own script', () => {
    expect(displayEmail(parseEmailAddress('fan@나루.한국') ?? '')).toBe('fan@나루.한국')
  })
})

const KEYS = [
  ['fan+rock@naver.com', 'fan@naver.com'],
  ['f.a.n+rock@gmail.com', 'fan@gmail.com'],
  ['f.an@googlemail.com', 'fan@gmail.com'],
  ['f.an@naver.com', 'f.an@naver.com'],
  ['f-a_n@protonmail.com', 'fan@proton.me'],
  ['fan@mac.com', 'fan@icloud.com'],
  ['fan@hanmail.net', 'fan@daum.net'],
  ['+tag@naver.com', '+tag@naver.com'],
  ['..@gmail.com', '..@gmail.com'],
] as const

/** Not in the migration: an account takes its normal form again when it is proven, and none was before. */
const LATER_KEYS = [
  // Disposable addresses of Yahoo, hundreds to a mailbox; other providers have hyphens in names.
  ['fan-rock@yahoo.com', 'fan@yahoo.com'],
  ['fan-rock+tag@ymail.com', 'fan@ymail.com'],
  ['fan-rock@yahoo.co.jp', 'fan-rock@yahoo.co.jp'],
  ['fan-rock@naver.com', 'fan-rock@naver.com'],
  ['-rock@yahoo.com', '-rock@yahoo.com'],
  ['f-an+rock@ya.ru', 'f.an@yandex.ru'],
  ['f.an@yandex.kz', 'f.an@yandex.ru'],
  ['rock@fan.fastmail.com', 'fan@fastmail.com'],
  ['any@rock.fan.fastmail.com', 'fan@fastmail.com'],
  ['fan+rock@fastmail.com', 'fan@fastmail.com'],
  ['fan@notfastmail.com', 'fan@notfastmail.com'],
] as const

describe('the normal form of an address (C2)', () => {
  it.each([...KEYS, ...LATER_KEYS])('of %s is %s', (address, key) => {
    expect(mailboxKey(address)).toBe(key)
  })

  it.each([
    ['fan@naver.com', ''],
    ['fan@gmail.com', ''],
    ['fan@docomo.ne.jp', ''],
    ['rock@fan.fastmail.com', ''],
    ['fan@example.org', 'example.org'],
    ['fan@mail.snu.ac.kr', 'snu.ac.kr'],
    // A provider of free subdomains counts as one domain.
    ['fan@a.duckdns.org', 'duckdns.org'],
  ])('groups %s as "%s" for the limit on unknown mail domains', (address, group) => {
    expect(mailGroup(address)).toBe(group)
  })
})

describe('the migration to normal forms', () => {
  const { db } = useDatabase()

  it('gives existing accounts the same normal form as the code, and of duplicates only the oldest', async () => {
    const addresses = [...KEYS.map(([address]) => address), 'fan@naver.com', 'FAN+x@naver.com'.toLowerCase()]
    await db().execute(sql`alter table accounts drop index accounts_email_key`)
    await db()
      .insert(accounts)
      .values(
        addresses.map((email) => ({
          ...{
            id: uuidv7(),
            email,
            name: 'Fan',
            passwordHash: 'none',
            roles: ['fan'],
            createdAt: new Date(),
          },
        })),
      )
    for (const statement of await backfill()) await db().execute(sql.raw(statement))
    await db().execute(sql`alter table accounts add constraint accounts_email_key unique (email_key)`)
    const rows = await db()
      .select({ email: accounts.email, key: accounts.emailKey })
      .from(accounts)
      .orderBy(accounts.id)
    const seen = new Set<string>()
    const expected = addresses.map((email) => {
      const key = mailboxKey(email)
      const isFirst = !seen.has(key)
      seen.add(key)
      return { email, key: isFirst ? key : null }
    })
    expect(rows).toEqual(expected)
  })

  async function backfill(): Promise<string[]> {
    const folder = new URL('../../drizzle/migrations/', import.meta.url)
    const name = (await readdir(folder)).find((file) => file.endsWith('_proven_accounts.sql')) ?? ''
    const text = await readFile(new URL(name, folder), 'utf8')
    const found = text
      .split('--> statement-breakpoint')
      .filter((statement) => statement.includes('UPDATE `accounts`'))
    expect(found).toHaveLength(2)
    return found
  }
})
