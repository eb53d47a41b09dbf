import { and, asc, gt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts, endedSessions } from '../../drizzle/schema/accounts.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { endedSessionKey, SESSION_ENDS_KEY, sessionEndKey } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { endSeconds } from './session.ts'

const ROWS_MAX = 1000

type RestoreDeps = { db: Database; redis: Redis; now: Clock; sessionSeconds: number }

/**
 * Restores the revoked sessions in a Redis that may have lost them, for as long as they would last: one that was wiped,
 * restarted, restored or replaced by a replica is another run, or an unknown one. The mark that it has them is set
 * last, so that an origin that dies before leaves the work to the next.
 *
 * @param readRuns - names the runs of all nodes of Redis, since each stores sessions
 * @returns how many were restored
 */
export async function restoreSessionEnds(
  deps: RestoreDeps & { readRuns: () => Promise<string> },
): Promise<number> {
  const mark = `run:${await deps.readRuns()}`
  if ((await deps.redis.get(SESSION_ENDS_KEY)) === mark) return 0
  const count = (await restoreAccounts(deps)) + (await restoreSessions(deps))
  await deps.redis.set(SESSION_ENDS_KEY, mark)
  return count
}

async function restoreAccounts(deps: RestoreDeps): Promise<number> {
  const { db, redis, sessionSeconds } = deps
  const since = new Date(deps.now() - sessionSeconds * 1000)
  let count = 0
  for (let last = ''; ; ) {
    const rows = await db
      .select({ id: accounts.id, sessionsFrom: accounts.sessionsFrom })
      .from(accounts)
      .where(and(gt(accounts.id, last), gt(accounts.sessionsFrom, since)))
      .orderBy(asc(accounts.id))
      .limit(ROWS_MAX)
    const tell = ({ id, sessionsFrom }: (typeof rows)[number]) =>
      redis.sessionsEnd(sessionEndKey(id), endSeconds(sessionsFrom), sessionSeconds)
    await Promise.all(rows.map(tell))
    count += rows.length
    const final = rows.at(-1)
    if (final === undefined || rows.length < ROWS_MAX) return count
    last = final.id
  }
}

async function restoreSessions({ db, redis, now }: RestoreDeps): Promise<number> {
  let count = 0
  for (let last = ''; ; ) {
    const rows = await db
      .select()
      .from(endedSessions)
      .where(and(gt(endedSessions.id, last), gt(endedSessions.expiresAt, new Date(now()))))
      .orderBy(asc(endedSessions.id))
      .limit(ROWS_MAX)
    const tell = ({ id, accountId, expiresAt }: (typeof rows)[number]) =>
      redis.set(endedSessionKey(accountId, id), 1, 'PXAT', expiresAt.getTime())
    await Promise.all(rows.map(tell))
    count += rows.length
    const final = rows.at(-1)
    if (final === undefined || rows.length < ROWS_MAX) return count
    last = final.id
  }
}
