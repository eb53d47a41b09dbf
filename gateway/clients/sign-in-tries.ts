import { createHash } from 'node:crypto'
import type { Redis } from '../../shared/redis/client.ts'
import { triesKeys } from '../../shared/redis/keys.ts'

/** What is tried: to show who one is, or to have a letter sent. */
export type TryKind = 'sign-in' | 'letter'

export type TryLimits = { networkMax: number; pairMax: number; subjectMax: number; windowSeconds: number }

export type TryResult = { status: 'taken' } | { status: 'limited'; retryAfterSeconds: number }

/**
 * Counts a try against its limits, exactly over all gateways and their workers. It knows nothing of accounts, so it
 * says the same of addresses that have one and of those that have none. An account is limited more strictly from one
 * network than from all together: otherwise anyone could keep its owner out by trying wrong passwords.
 *
 * @param subject - which account is tried, by whatever names it: an address, an ID, the token of a letter
 * @param network - undefined for requests of our own (load tests, replays), which are not counted
 */
export type TakeTry = (tried: {
  kind: TryKind
  subject: string
  network: string | undefined
}) => Promise<TryResult>

export function createTakeTry(redis: Redis, limits: Record<TryKind, TryLimits>): TakeTry {
  return async ({ kind, subject, network }) => {
    if (network === undefined) return { status: 'taken' }
    const keys = triesKeys(kind, digest(subject), network)
    const { networkMax, pairMax, subjectMax, windowSeconds } = limits[kind]
    const [status, seconds] = await redis.triesTake(
      ...[keys.network, keys.pair, keys.subject],
      ...[networkMax, pairMax, subjectMax, windowSeconds],
    )
    return status === 'taken' ? { status } : { status: 'limited', retryAfterSeconds: Number(seconds) }
  }
}

/** Of a fixed length, and no address for who looks into Redis. */
function digest(subject: string): string {
  return createHash('sha256').update(subject.trim().toLowerCase()).digest('base64url')
}
