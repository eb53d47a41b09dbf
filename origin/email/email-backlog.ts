import { sql } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { emails } from '../../drizzle/schema/email.ts'
import type { Clock } from '../../shared/runtime/clock.ts'

/** E-mails in the queue before further requests for one are rejected. Those of orders are never rejected. */
const EMAIL_BACKLOG_MAX = 10_000
/** How long one count is cached. */
const COUNT_CACHED_MS = 1000

/** Tells whether the queue is so long that callers should retry later. */
export function createEmailBacklog(deps: {
  db: Database
  now: Clock
  queueMax?: number
}): () => Promise<boolean> {
  const { db, now, queueMax = EMAIL_BACKLOG_MAX } = deps
  let known: { isFull: Promise<boolean>; atMs: number } | undefined

  async function read(): Promise<boolean> {
    const [rows] = await db.execute(
      sql`select 1 from ${emails} where ${emails.state} = 'waiting' limit 1 offset ${queueMax - 1}`,
    )
    return (rows as unknown as unknown[]).length > 0
  }

  return () => {
    if (known === undefined || now() - known.atMs >= COUNT_CACHED_MS) {
      const counted = { isFull: read(), atMs: now() }
      // A count that failed is not cached.
      counted.isFull.catch(() => {
        if (known === counted) known = undefined
      })
      known = counted
    }
    return known.isFull
  }
}
