import type { Redis } from '../../shared/redis/client.ts'

/** A connection on which one reader waits, for as long as nothing goes wrong on it. */
export type ReadingConnection = {
  /** The connection; a new one where there is none. */
  open(): Promise<Redis>
  /** Ends it with whatever waits on it. */
  leave(): void
}

/** @param create - makes a connection that is not connected yet */
export function createReadingConnection(create: () => Redis): ReadingConnection {
  let current: { redis: Redis; connected: Promise<void> } | undefined
  return {
    async open() {
      if (current === undefined) {
        const redis = create()
        current = { redis, connected: redis.connect() }
      }
      const { redis, connected } = current
      await connected
      return redis
    },
    leave() {
      current?.redis.disconnect()
      current = undefined
    },
  }
}
