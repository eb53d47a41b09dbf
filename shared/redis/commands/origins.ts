import type { Result } from 'ioredis'

declare module 'ioredis' {
  /** The heartbeats of origins. */
  interface RedisCommander<Context> {
    originHeartbeat(
      ...args: [origins: string, origin: string, health: number, reportJson?: string]
    ): Result<number, Context>
    originsRead(...args: [origins: string]): Result<(string | number)[], Context>
    originHealth(
      ...args: [origins: string, silentMs: number]
    ): Result<[live: number, health: number], Context>
  }
}
