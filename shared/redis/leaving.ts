import type { Redis as RedisServer } from 'ioredis'
import { replyCodesOf } from './unavailable.ts'

/** How often a connection is looked at while it may say nothing. */
const LOOKS_PER_SILENCE = 8

/**
 * Cuts a connection that says nothing, so that the client makes another: to the same name, which may be another
 * server's by then. One that nobody uses is asked for a sign of life. So is one that waits for messages.
 *
 * A process that stood still for a while has not heard what came meanwhile: that is looked at before anything is cut.
 *
 * @param silentMs - how long it may say nothing, and how long it may take to become ready
 */
export function cutWhenSilent(redis: RedisServer, silentMs: number): void {
  let openedAt = 0
  let lastSeenAt = 0
  let askedAt: number | undefined
  let looking: NodeJS.Timeout | undefined

  redis.on('connect', () => {
    const { stream } = redis
    openedAt = performance.now()
    heard()
    stream.on('data', heard)
    clearInterval(looking)
    looking = setInterval(() => look(stream), silentMs / LOOKS_PER_SILENCE)
    looking.unref()
  })
  redis.on('close', () => clearInterval(looking))

  function heard(): void {
    lastSeenAt = performance.now()
    askedAt = undefined
  }

  function look(stream: RedisServer['stream']): void {
    if (isSilent()) {
      setImmediate(() => {
        if (isSilent()) stream.destroy(new Error(`Redis has said nothing for ${silentMs} ms`))
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
 * What a server answers that is no primary, or not yet, or has lost its replicas to another one: in its place, under the
 * same name, there may be one that serves.
 */
const REPLACED: ReadonlySet<string> = new Set([
  ...['READONLY', 'LOADING', 'MASTERDOWN', 'NOREPLICAS', 'UNBLOCKED'],
])
/** A server that goes on answering so is not connected to more often: reads go on meanwhile. */
const LEAVE_EVERY_MS = 1000

/** For `reconnectOnError`: true when a connection is to be left because of what was answered on it. */
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
