/** What an origin measures of itself since it last did. */
export type Load = {
  /** The share of the machine's processors that this process took, 0 to 1. */
  cpuShare: number
  /** The 99th percentile of the event loop's delay. */
  loopDelayMs: number
  /** The share of the payments that may wait which do wait, in the fullest room. */
  queueShare: number
}

export type HealthLimits = { cpuShareMax: number; loopDelayMsMax: number; queueShareMax: number }

const HEALTH_MIN = 0.02
const DECREASE = 0.7
const INCREASE = 0.1

/**
 * Additive increase, multiplicative decrease (Chiu and Jain, 1989): soon down when the origin is over one of its
 * limits, up again when it is under all of them, by smaller steps the nearer it is; never quite to nought, so that
 * it is seen to recover.
 *
 * @param health - how much of the usual rate this origin could take so far, 0 to 1
 */
export function nextHealth(health: number, load: Load, limits: HealthLimits): number {
  const pressure = Math.max(
    load.cpuShare / limits.cpuShareMax,
    load.loopDelayMs / limits.loopDelayMsMax,
    load.queueShare / limits.queueShareMax,
  )
  if (pressure > 1) return Math.max(health * DECREASE, HEALTH_MIN)
  return Math.min(health + INCREASE * (1 - pressure), 1)
}
