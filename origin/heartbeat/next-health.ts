/** What an origin measures of itself since it last did. Shares are from 0 to 1. */
export type Load = {
  /**
   * Of the time, the event loop was busy: its own work, and waiting for a processor that others have. One thread runs
   * it, so that it is full while the process takes but one of the machine's processors.
   */
  loopBusyShare: number
  /** The 99th percentile of the event loop's delay. */
  loopDelayMs: number
  /** Of all the machine's processors, this process took: its event loop, and the threads that hash passwords. */
  processCpuShare: number
  /** Of all the machine's processors, all its programs took. */
  machineCpuShare: number
  /** Of the payments that may wait, in the fullest room. */
  queueShare: number
}

export const LOOP_DELAY_MS_MAX = 250
export const QUEUE_SHARE_MAX = 0.5

export type HealthLimits = {
  /** For the loop and the process alike. */
  cpuShareMax: number
  /** Infinity where the machine's other programs are no concern of ours. */
  machineCpuShareMax: number
  loopDelayMsMax: number
  queueShareMax: number
}

/** How near to its limits an origin is: 1 when it is at one of them. */
export function pressureOf(load: Load, limits: HealthLimits): number {
  return Math.max(
    load.loopBusyShare / limits.cpuShareMax,
    load.processCpuShare / limits.cpuShareMax,
    load.machineCpuShare / limits.machineCpuShareMax,
    load.loopDelayMs / limits.loopDelayMsMax,
    load.queueShare / limits.queueShareMax,
  )
}

/** What the gateways are told in is thousandths; never zero, so that an origin is seen to recover. */
const HEALTH_MIN = 0.001
/** The least that is left of it in one step down, and the most that is added in one step up, as shares of itself. */
const DECREASE_MIN = 0.7
const INCREASE_MAX = 0.2
/** So much is added besides, lest a small share take long to grow. */
const INCREASE = 0.001

/**
 * How much of the usual rate this origin can take from now on, 0 to 1: by a share of itself down when the origin is
 * over a limit, as far over as it is, and up when it is under all of them, by smaller steps the nearer it is.
 *
 * Additive increase (Chiu and Jain, 1989) would take steps of the organiser's rate, which may be many times what an
 * origin can serve: each step up would then overload it. Steps in proportion settle wherever the limit is.
 *
 * @param health - how much it could take so far
 */
export function nextHealth(health: number, load: Load, limits: HealthLimits): number {
  const pressure = pressureOf(load, limits)
  const factor = pressure > 1 ? Math.max(1 / pressure, DECREASE_MIN) : 1 + INCREASE_MAX * (1 - pressure)
  const next = health * factor + INCREASE * Math.max(1 - pressure, 0)
  return Math.min(Math.max(next, HEALTH_MIN), 1)
}
