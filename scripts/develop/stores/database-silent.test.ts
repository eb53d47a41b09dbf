import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { createDatabase } from '../../../drizzle/database.ts'
import { isDatabaseUnavailable } from '../../../drizzle/errors.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { createProxy } from '../../load/chaos/proxy.ts'

const { url: databaseUrl } = useDatabase()
const opened: (() => unknown)[] = []

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

/** A database behind a network that may fall silent, with one connection. */
async function openDatabase(silentMs: number) {
  const folder = mkdtempSync(join(tmpdir(), 'naru-silent-'))
  opened.push(() => rmSync(folder, { recursive: true, force: true }))
  const [path, url] = [join(folder, 'mysql.sock'), new URL(databaseUrl())]
  const socket = url.searchParams.get('socketPath') ?? ''
  const proxy = await createProxy({ listen: { path }, targets: () => [{ path: socket }] })
  opened.push(proxy.close)
  url.searchParams.set('socketPath', path)
  const { db, close } = createDatabase({ url: url.href, connectionsMax: 1, queueMax: 10, silentMs })
  opened.push(close)
  return { db, proxy, ask: () => db.execute(sql`select 1`) }
}

async function untilAnswered(ask: () => Promise<unknown>): Promise<void> {
  await expect
    .poll(() =>
      ask().then(
        () => 'answered',
        () => 'failed',
      ),
    )
    .toBe('answered')
}

describe('H9: a MySQL that neither responds nor ends its connections', () => {
  it('fails queries as unavailable, and serves them on a new connection as soon as there is one', async () => {
    const { proxy, ask } = await openDatabase(300)
    await ask()
    proxy.change({ hold: true })
    const failed = await ask().catch((error: unknown) => error)
    expect(isDatabaseUnavailable(failed)).toBe(true)
    // What was sent before stays where it is, as in a network that has lost it.
    proxy.change({ hold: false })
    await untilAnswered(ask)
  })

  it('fails a transaction in the middle, which is rolled back', async () => {
    const { db, proxy, ask } = await openDatabase(300)
    await db.execute(sql`create table naru_silent (id int primary key)`)
    const failed = db.transaction(async (tx) => {
      await tx.execute(sql`insert into naru_silent values (1)`)
      proxy.change({ hold: true })
      await tx.execute(sql`insert into naru_silent values (2)`)
    })
    await expect(failed).rejects.toSatisfy(isDatabaseUnavailable)
    proxy.change({ hold: false })
    await untilAnswered(ask)
    const [rows] = await db.execute(sql`select id from naru_silent`)
    expect(rows).toEqual([])
  })

  it('opens another connection after an idle one was abandoned', async () => {
    const { proxy, ask } = await openDatabase(50)
    await ask()
    await expect.poll(proxy.open).toBe(0)
    await ask()
  })
})
