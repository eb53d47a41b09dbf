import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Redis } from '../../shared/redis/client.ts'
import { ORIGINS_KEY, roomKeys } from '../../shared/redis/keys.ts'
import { LOOP_RESOLUTION_MS } from '../../shared/runtime/metrics.ts'
import { createMachineCpuMeter } from './machine-cpu.ts'
import { type HealthLimits, type Load, nextHealth, pressureOf } from './next-health.ts'
import type { OutcomeCounter } from './recent-outcomes.ts'
import { formatReport } from './report.ts'

export type Heartbeat = {
  /** Measures this origin, and reports to the gateways what share of the usual rate it can take. */
  heartbeat(): Promise<void>
  health(): number
  /** What the last heartbeat measured; undefined before the first. */
  load(): Load | undefined
  /** How near this origin was to its limits at the last heartbeat: 1 at one of them; 0 before the first. */
  pressure(): number
  /** Reports to the gateways that this origin stops. */
  stop(): Promise<void>
}

/** @param deps.rooms - the rooms whose payments this origin processes */
export function createHeartbeat(deps: {
  redis: Redis
  name: string
  rooms: () => readonly string[]
  limits: HealthLimits
  paymentsQueueMax: number
  /** The outcomes of this origin's payments, which organisers see. */
  outcomes: Pick<OutcomeCounter, 'lastMinute'>
}): Heartbeat {
  const { redis } = deps
  const loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  loopDelay.enable()
  const machineCpuShare = createMachineCpuMeter()
  let health = 1
  let load: Load | undefined
  let loop = performance.eventLoopUtilization()
  let cpu = process.cpuUsage()
  let at = performance.now()

  async function measure(): Promise<Load> {
    const elapsedMicros = (performance.now() - at) * 1000
    const used = process.cpuUsage(cpu)
    cpu = process.cpuUsage()
    at = performance.now()
    const loopNow = performance.eventLoopUtilization()
    const { utilization: loopBusyShare } = performance.eventLoopUtilization(loopNow, loop)
    loop = loopNow
    const loopDelayMs = Math.max(loopDelay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS, 0)
    loopDelay.reset()
    const waiting = await Promise.all(deps.rooms().map((room) => redis.xlen(roomKeys(room).payments)))
    return {
      loopBusyShare,
      processCpuShare: (used.user + used.system) / elapsedMicros / availableParallelism(),
      machineCpuShare: machineCpuShare(),
      loopDelayMs,
      queueShare: Math.max(...waiting, 0) / deps.paymentsQueueMax,
    }
  }

  return {
    async heartbeat() {
      load = await measure()
      health = nextHealth(health, load, deps.limits)
      const report = formatReport({ load, recent: deps.outcomes.lastMinute() })
      await redis.originHeartbeat(ORIGINS_KEY, deps.name, Math.round(health * 1000), report)
    },
    health: () => health,
    load: () => load,
    pressure: () => (load === undefined ? 0 : pressureOf(load, deps.limits)),
    async stop() {
      loopDelay.disable()
      await redis.hdel(ORIGINS_KEY, deps.name)
    },
  }
}
