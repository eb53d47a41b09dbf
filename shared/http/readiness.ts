import { DeadlineExceeded, withinDeadline } from '../runtime/deadline.ts'
import type { Logger } from '../runtime/log.ts'
import { type Loop, pause, startLoop } from '../runtime/loop.ts'

/** A problem as operators and their tools see it; it contains no secret. */
export type Trouble = {
  /** Stable, for programs: `redis-read-only`. */
  code: string
  /** For people, a sentence. */
  detail: string
  /**
   * Whether it is a reason to send no requests here; with other problems, pages and requests without the store still
   * work.
   */
  stops: boolean
}

export type ReadinessReport = { ready: boolean; troubles: readonly Trouble[] }

/** Whether the process should receive requests: from the first `set` on, unless a problem prevents it, until `stop`. */
export type Readiness = {
  report: () => ReadinessReport
  set: () => void
  /** Replaces the problems found before. */
  note: (troubles: readonly Trouble[]) => void
  stop: () => void
}

const STARTING: Trouble = { code: 'starting', detail: 'It has not read yet what it needs', stops: true }
const STOPPING: Trouble = { code: 'stopping', detail: 'It was told to stop', stops: true }

/** @param onReady - called when it is set for the first time */
export function createReadiness(onReady: () => void = () => {}): Readiness {
  let state: 'starting' | 'set' | 'stopping' = 'starting'
  let noted: readonly Trouble[] = []
  return {
    report: () =>
      reportOf([
        ...(state === 'starting' ? [STARTING] : []),
        ...(state === 'stopping' ? [STOPPING] : []),
        ...noted,
      ]),
    set() {
      if (state !== 'starting') return
      state = 'set'
      onReady()
    },
    note(troubles) {
      noted = troubles
    },
    stop() {
      state = 'stopping'
    },
  }
}

export function reportOf(troubles: readonly Trouble[]): ReadinessReport {
  return { ready: !troubles.some(({ stops }) => stops), troubles }
}

/** Checks whether a dependency works; resolves to its problems. */
export type Check = {
  run: () => Promise<readonly Trouble[]>
  /** The problem to report when the check times out. */
  silent: Trouble
}

/** A check and the pause after it take less than five seconds, within which operators expect to know. */
const CHECK_EVERY_MS = 1000
const CHECK_MS_MAX = 3000
/** A process that has just started may still be connecting, which is not reported yet. */
const CONNECTING_MS_MAX = 1000
const CONNECTING_PAUSE_MS = 50

/**
 * Runs all checks concurrently every second and stores their problems for `/readyz`.
 *
 * @param onChange - called when the set of problems changes
 */
export function startChecks(deps: {
  checks: readonly Check[]
  readiness: Pick<Readiness, 'note'>
  log: Logger
  onChange?: (troubles: readonly Trouble[]) => void
  everyMs?: number
  msMax?: number
}): Loop {
  const { checks, readiness, log, everyMs = CHECK_EVERY_MS, msMax = CHECK_MS_MAX } = deps
  let known = ''
  let connectingUntil = performance.now() + CONNECTING_MS_MAX

  async function lookAtAll(): Promise<readonly Trouble[]> {
    for (;;) {
      const troubles = (await Promise.all(checks.map((check) => look(check, msMax)))).flat()
      if (reportOf(troubles).ready) connectingUntil = 0
      if (performance.now() >= connectingUntil) return troubles
      await pause(CONNECTING_PAUSE_MS)
    }
  }

  return startLoop({
    name: 'readiness',
    intervalMs: everyMs,
    log,
    async run() {
      const troubles = await lookAtAll()
      readiness.note(troubles)
      const codes = troubles.map(({ code }) => code).join(' ')
      if (codes === known) return
      known = codes
      if (codes === '') log.info('nothing is wrong any more')
      else log.warn({ troubles: codes }, 'something is wrong')
      deps.onChange?.(troubles)
    },
  })
}

async function look({ run, silent }: Check, msMax: number): Promise<readonly Trouble[]> {
  try {
    return await withinDeadline(msMax, run)
  } catch (error) {
    if (error instanceof DeadlineExceeded) return [silent]
    throw error
  }
}
