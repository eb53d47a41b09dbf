/** Measurements of an origin since the previous ones. Shares are from 0 to 1. */
export type Load = {
  /**
   * The share of time that the event loop was busy: its own work, and waiting for a processor that others use. It runs
   * in one thread, so that it is full while the process uses only one of the host's processors.
   */
  loopBusyShare: number
  /** The 99th percentile of the event loop's delay. */
  loopDelayMs: number
  /** The share of the host's processors that this process used: its event loop, and the threads that hash passwords. */
  processCpuShare: number
  /** The share of the host's processors that all its programs used. */
  machineCpuShare: number
  /** The share of the payment queue that is used, in the fullest room. */
  queueShare: number
}

export const LOOP_DELAY_MS_MAX = 250
export const QUEUE_SHARE_MAX = 0.5

export type HealthLimits = {
  /** For the event loop and the process alike. */
  cpuShareMax: number
  /** Infinity where the host's other programs are ignored. */
  machineCpuShareMax: number
  loopDelayMsMax: number
  queueShareMax: number
}

/** How near an origin is to its limits: 1 when it is at one of them. */
export function pressureOf(load: Load, limits: HealthLimits): number {
  return Math.max(
    load.loopBusyShare / limits.cpuShareMax,
    load.processCpuShare / limits.cpuShareMax,
    load.machineCpuShare / limits.machineCpuShareMax,
    load.loopDelayMs / limits.loopDelayMsMax,
    load.queueShare / limits.queueShareMax,
  )
}

/** The resolution of the report to gateways is a thousandth; never zero, so that an origin's recovery is seen. */
const HEALTH_MIN = 0.001
/**
 * The minimum that is left of it in one step down, and the maximum that is added in one step up, as shares of itself.
 */
const DECREASE_MIN = 0.7
const INCREASE_MAX = 0.2
/** This is added in each step as well, so that a small share does not take long to grow. */
const INCREASE = 0.001

/**
 * The share of the usual rate that this origin can take from now on, 0 to 1: it decreases by a share of itself when the
 * origin is over a limit, in proportion to the excess, and increases when it is under all of them, by smaller steps the
 * nearer it is.
 *
 * Additive increase (Chiu and Jain, 1989) would take steps of the organiser's rate, which may be many times what an
 * origin can serve: each step up would then overload it. Steps in proportion settle wherever the limit is.
 *
 * @param health - the previous share
 */
export function nextHealth(health: number, load: Load, limits: HealthLimits): number {
  const pressure = pressureOf(load, limits)
  const factor = pressure > 1 ? Math.max(1 / pressure, DECREASE_MIN) : 1 + INCREASE_MAX * (1 - pressure)
  const next = health * factor + INCREASE * Math.max(1 - pressure, 0)
  return Math.min(Math.max(next, HEALTH_MIN), 1)
}
