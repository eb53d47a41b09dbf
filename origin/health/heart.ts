import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Redis } from 'ioredis'
import { ORIGINS_KEY, roomKeys } from '../../shared/redis/keys.ts'
import { type HealthLimits, type Load, nextHealth } from './next-health.ts'

export type Heart = {
  /** Measures this origin, and tells the gateways how much of the usual rate it can take. */
  beat(): Promise<void>
  health(): number
  /** Tells the gateways that this origin goes. */
  stop(): Promise<void>
}

const LOOP_RESOLUTION_MS = 10

/** @param deps.rooms - the rooms whose payments this origin makes */
export function createHeart(deps: {
  redis: Redis
  name: string
  rooms: () => readonly string[]
  limits: HealthLimits
  paymentsWaitingMax: number
}): Heart {
  const { redis } = deps
  const loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  loopDelay.enable()
  let health = 1
  let cpu = process.cpuUsage()
  let at = performance.now()

  async function measure(): Promise<Load> {
    const elapsedMicros = (performance.now() - at) * 1000
    const used = process.cpuUsage(cpu)
    cpu = process.cpuUsage()
    at = performance.now()
    const loopDelayMs = Math.max(loopDelay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS, 0)
    loopDelay.reset()
    const waiting = await Promise.all(deps.rooms().map((room) => redis.xlen(roomKeys(room).payments)))
    return {
      cpuShare: (used.user + used.system) / elapsedMicros / availableParallelism(),
      loopDelayMs,
      queueShare: Math.max(...waiting, 0) / deps.paymentsWaitingMax,
    }
  }

  return {
    async beat() {
      health = nextHealth(health, await measure(), deps.limits)
      await redis.originBeat(ORIGINS_KEY, deps.name, Math.round(health * 1000))
    },
    health: () => health,
    async stop() {
      loopDelay.disable()
      await redis.hdel(ORIGINS_KEY, deps.name)
    },
  }
}
