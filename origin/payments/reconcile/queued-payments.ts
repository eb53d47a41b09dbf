import type { Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'

const ENTRIES_PER_PAGE = 1000

/** The payments in a room's stream, which a worker has or will find. The stream's own limit bounds them. */
export async function queuedPayments(redis: Redis, room: string): Promise<Set<string>> {
  const key = roomKeys(room).payments
  const queued = new Set<string>()
  let from = '-'
  for (;;) {
    const page = await redis.xrange(key, from, '+', 'COUNT', ENTRIES_PER_PAGE)
    for (const [, fields] of page) {
      const at = fields.findIndex((field, i) => i % 2 === 0 && field === 'payment')
      const payment = at < 0 ? undefined : fields[at + 1]
      if (payment !== undefined) queued.add(payment)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < ENTRIES_PER_PAGE) return queued
    from = `(${last[0]}`
  }
}
