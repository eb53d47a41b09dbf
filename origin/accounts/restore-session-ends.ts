import { and, asc, gt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { SESSION_ENDS_KEY, sessionEndKey } from '../../shared/redis/keys.ts'
import { endSeconds } from './session.ts'

const ROWS_MAX = 1000

/**
 * Tells a Redis that has lost them which accounts' sessions were ended, for as long as such a session would last. A
 * mark in Redis says that it knows; it is set last, so that an origin that dies before leaves the work to the next.
 *
 * @returns how many were told
 */
export async function restoreSessionEnds(deps: {
  db: Database
  redis: Redis
  now: Clock
  sessionSeconds: number
}): Promise<number> {
  const { db, redis, sessionSeconds } = deps
  if ((await redis.exists(SESSION_ENDS_KEY)) === 1) return 0
  const since = new Date(deps.now() - sessionSeconds * 1000)
  let told = 0
  for (let last = ''; ; ) {
    const rows = await db
      .select({ id: accounts.id, sessionsFrom: accounts.sessionsFrom })
      .from(accounts)
      .where(and(gt(accounts.id, last), gt(accounts.sessionsFrom, since)))
      .orderBy(asc(accounts.id))
      .limit(ROWS_MAX)
    // What is there already was ended after Redis was lost, and is later.
    const tell = ({ id, sessionsFrom }: (typeof rows)[number]) =>
      redis.set(sessionEndKey(id), endSeconds(sessionsFrom), 'EX', sessionSeconds, 'NX')
    await Promise.all(rows.map(tell))
    told += rows.length
    const final = rows.at(-1)
    if (final === undefined || rows.length < ROWS_MAX) break
    last = final.id
  }
  await redis.set(SESSION_ENDS_KEY, 1)
  return told
}
