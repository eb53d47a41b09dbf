import type { Redis as RedisServer } from 'ioredis'
import { replyCodesOf } from './unavailable.ts'

/** How often a connection is checked while it is allowed to be silent. */
const LOOKS_PER_SILENCE = 8

/**
 * Cuts a silent connection, so that the client reconnects: to the same name, which may resolve to another server by
 * then. An idle connection is pinged, also one that waits for messages. After a pause of the process, replies that
 * arrived meanwhile are read before any connection is cut.
 *
 * @param silentMs - how long it may be silent, and how long it may take to become ready
 */
export function cutWhenSilent(redis: RedisServer, silentMs: number): void {
  let openedAt = 0
  let lastSeenAt = 0
  let askedAt: number | undefined
  let looking: NodeJS.Timeout | undefined

  redis.on('connect', () => {
    const { stream } = redis
    openedAt = performance.now()
    onData()
    stream.on('data', onData)
    clearInterval(looking)
    looking = setInterval(() => look(stream), silentMs / LOOKS_PER_SILENCE)
    looking.unref()
  })
  redis.on('close', () => clearInterval(looking))

  function onData(): void {
    lastSeenAt = performance.now()
    askedAt = undefined
  }

  function look(stream: RedisServer['stream']): void {
    if (isSilent()) {
      setImmediate(() => {
        if (isSilent()) stream.destroy(new Error(`Redis has sent nothing for ${silentMs} ms`))
      })
    } else if (askedAt === undefined && sinceMs(lastSeenAt) >= silentMs / 2 && redis.status === 'ready') {
      askedAt = performance.now()
      redis.ping().catch(() => {}) // fails with the connection, which is logged
    }
  }

  function isSilent(): boolean {
    if (redis.status === 'connect') return sinceMs(openedAt) >= silentMs
    return askedAt !== undefined && sinceMs(lastSeenAt) >= silentMs && sinceMs(askedAt) >= silentMs / 2
  }
}

/**
 * Errors of a server that is not a primary, or not yet, or has lost its replicas to another one: another server may be
 * reachable under the same name.
 */
const REPLACED: ReadonlySet<string> = new Set([
  ...['READONLY', 'LOADING', 'MASTERDOWN', 'NOREPLICAS', 'UNBLOCKED'],
])
/** Minimum time between reconnects to a server that keeps failing so: reads still work meanwhile. */
const LEAVE_EVERY_MS = 1000

/** For `reconnectOnError`: true when an error reply means that the connection should be replaced. */
export function createLeaving(): (error: Error) => boolean {
  let leftAt = Number.NEGATIVE_INFINITY
  return (error) => {
    if (sinceMs(leftAt) < LEAVE_EVERY_MS || !replyCodesOf(error).some((code) => REPLACED.has(code)))
      return false
    leftAt = performance.now()
    return true
  }
}

function sinceMs(at: number): number {
  return performance.now() - at
}
