import type { Redis } from '../../shared/redis/client.ts'

/** A connection on which one reader blocks, replaced when it fails. */
export type ReadingConnection = {
  /** The connection; a new one where there is none. */
  open(): Promise<Redis>
  /** Closes it and aborts the commands that wait on it. */
  leave(): void
}

/** @param create - returns a connection that is not connected yet */
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
