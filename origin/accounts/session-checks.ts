import { inArray } from 'drizzle-orm'
import QuickLRU from 'quick-lru'
import type { Database } from '../../drizzle/database.ts'
import { isDatabaseAway } from '../../drizzle/errors.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { Clock } from '../../shared/clock.ts'
import { createGroupCommit } from '../../shared/group-commit.ts'
import { endSeconds } from './session.ts'

/** Tells whether a session has been ended before its time. */
export type SessionChecks = {
  /** @param issuedSeconds - the session's `iat` */
  isOver(account: string, issuedSeconds: number): Promise<boolean>
  /** Says at once what `isOver` would otherwise learn from MySQL only after `keepMs`. */
  noteEnd(account: string, fromSeconds: number): void
}

type Known = { fromSeconds: number; readAt: number }

const LOOK_UPS_MAX = 500

/**
 * Asks MySQL, the judge, once in `keepMs` for each account that is active, and for many accounts at once in a rush.
 * With MySQL away the last answer counts, or else the token's own word: whatever then still works shows the state of
 * a payment, and whoever came to pay must see it.
 *
 * @param keptMax - how many accounts are remembered
 */
export function createSessionChecks(deps: {
  db: Database
  now: Clock
  keptMax: number
  keepMs: number
}): SessionChecks {
  const { db, now, keepMs } = deps
  const known = new QuickLRU<string, Known>({ maxSize: deps.keptMax })
  const lookUps = createGroupCommit(LOOK_UPS_MAX, readEnds)

  async function readEnds(ids: readonly string[]): Promise<number[]> {
    const rows = await db
      .select({ id: accounts.id, sessionsFrom: accounts.sessionsFrom })
      .from(accounts)
      .where(inArray(accounts.id, [...new Set(ids)]))
    const ends = new Map(rows.map(({ id, sessionsFrom }) => [id, endSeconds(sessionsFrom)]))
    return ids.map((id) => ends.get(id) ?? 0)
  }

  /** What is known only moves forward: a look-up may have begun before the end it then overtakes. */
  function note(account: string, fromSeconds: number): number {
    const latest = Math.max(fromSeconds, known.peek(account)?.fromSeconds ?? 0)
    known.set(account, { fromSeconds: latest, readAt: now() })
    return latest
  }

  async function endOf(account: string): Promise<number> {
    const last = known.get(account)
    if (last !== undefined && now() - last.readAt < keepMs) return last.fromSeconds
    try {
      return note(account, await lookUps.add(account))
    } catch (error) {
      if (!isDatabaseAway(error)) throw error
      return last?.fromSeconds ?? 0
    }
  }

  return {
    isOver: async (account, issuedSeconds) => issuedSeconds < (await endOf(account)),
    noteEnd: note,
  }
}
