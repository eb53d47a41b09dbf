import { and, eq, inArray } from 'drizzle-orm'
import QuickLRU from 'quick-lru'
import type { Database } from '../../drizzle/database.ts'
import { isDatabaseUnavailable } from '../../drizzle/errors.ts'
import { accounts, endedSessions } from '../../drizzle/schema/accounts.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { createGroupCommit } from '../../shared/runtime/group-commit.ts'
import type { EndableSession } from '../../shared/tokens/endable-session.ts'
import { endSeconds } from './session.ts'

/** Tells whether a session was revoked before it expired. */
export type SessionChecks = {
  isOver(session: CheckedSession): Promise<boolean>
  /** Update immediately what `isOver` would otherwise read from MySQL only after `cachedMs`. */
  noteEnd(account: string, fromSeconds: number): void
  noteEndOfOne(session: string): void
}

type CheckedSession = EndableSession & { id: string }

type Known = { isOver: boolean; readAt: number }

const LOOK_UPS_MAX = 500
const SESSIONS_CACHED_MAX = 20_000
/** How long an ended session may still be accepted by an origin that did not end it. */
const SESSION_CACHED_MS = 3000

/**
 * Queries MySQL, the source of truth, once in `cachedMs` for each session in use, and for many together in a rush. With
 * MySQL unavailable the cached result counts, or else the token alone: what still works then shows the state of a
 * payment, and fans who paid must be able to see it.
 *
 * @param cachedMax - how many sessions are cached
 */
export function createSessionChecks(deps: {
  db: Database
  now: Clock
  cachedMax?: number
  cachedMs?: number
}): SessionChecks {
  const { db, now, cachedMax = SESSIONS_CACHED_MAX, cachedMs = SESSION_CACHED_MS } = deps
  const known = new QuickLRU<string, Known>({ maxSize: cachedMax })
  // Ends only move forward: a look-up may have begun before an end that was recorded meanwhile.
  const ends = new QuickLRU<string, number>({ maxSize: cachedMax })
  const ended = new QuickLRU<string, true>({ maxSize: cachedMax })
  const lookUps = createGroupCommit(LOOK_UPS_MAX, readEnds)

  async function readEnds(sessions: readonly CheckedSession[]): Promise<boolean[]> {
    const ids = sessions.map(({ id }) => id)
    const rows = await db
      .select({ account: accounts.id, sessionsFrom: accounts.sessionsFrom, ended: endedSessions.id })
      .from(accounts)
      .leftJoin(endedSessions, and(eq(endedSessions.accountId, accounts.id), inArray(endedSessions.id, ids)))
      .where(inArray(accounts.id, [...new Set(sessions.map(({ account }) => account))]))
    for (const row of rows) {
      noteEnd(row.account, endSeconds(row.sessionsFrom))
      if (row.ended !== null) ended.set(row.ended, true)
    }
    return sessions.map(isKnownToBeOver)
  }

  function isKnownToBeOver({ account, id, issuedSeconds }: CheckedSession): boolean {
    return issuedSeconds < (ends.get(account) ?? 0) || ended.has(id)
  }

  function noteEnd(account: string, fromSeconds: number): void {
    ends.set(account, Math.max(fromSeconds, ends.peek(account) ?? 0))
  }

  return {
    async isOver(session) {
      if (isKnownToBeOver(session)) return true
      const last = known.get(session.id)
      if (last !== undefined && now() - last.readAt < cachedMs) return last.isOver
      try {
        const isOver = await lookUps.add(session)
        known.set(session.id, { isOver, readAt: now() })
        return isOver || isKnownToBeOver(session)
      } catch (error) {
        if (!isDatabaseUnavailable(error)) throw error
        return last?.isOver ?? false
      }
    },
    noteEnd,
    noteEndOfOne: (session) => void ended.set(session, true),
  }
}
