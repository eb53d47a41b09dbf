import { cpus } from 'node:os'

/**
 * Returns, at each call, the share of the host's processors that all its programs used since the previous call. In a
 * container these may be the host's, and so include other tenants' work.
 */
export function createMachineCpuMeter(): () => number {
  let before = processorTimes()
  return () => {
    const now = processorTimes()
    const [busy, all] = [now.busyMs - before.busyMs, now.allMs - before.allMs]
    before = now
    return all === 0 ? 0 : Math.min(Math.max(busy / all, 0), 1)
  }
}

function processorTimes(): { busyMs: number; allMs: number } {
  let [busyMs, allMs] = [0, 0]
  for (const { times } of cpus()) {
    const { user, nice, sys, irq, idle } = times
    busyMs += user + nice + sys + irq
    allMs += user + nice + sys + irq + idle
  }
  return { busyMs, allMs }
}
