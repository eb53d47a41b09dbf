import { DeadlineExceeded, withinDeadline } from '../runtime/deadline.ts'
import type { Logger } from '../runtime/log.ts'
import { type Loop, pause, startLoop } from '../runtime/loop.ts'

/** Something that is wrong, as operators and their tools are told: nothing of it is secret. */
export type Trouble = {
  /** Stable, for machines: `redis-read-only`. */
  code: string
  /** For people, a sentence. */
  detail: string
  /** Whether it is a reason to send no requests here; with others, pages and what needs no store go on. */
  stops: boolean
}

export type ReadinessReport = { ready: boolean; troubles: readonly Trouble[] }

/** Whether the process should be sent requests: from the first `set` on, while nothing stops it, until `stop`. */
export type Readiness = {
  report: () => ReadinessReport
  set: () => void
  /** What was found wrong, in place of what was before. */
  note: (troubles: readonly Trouble[]) => void
  stop: () => void
}

const STARTING: Trouble = { code: 'starting', detail: 'It has not read yet what it needs', stops: true }
const STOPPING: Trouble = { code: 'stopping', detail: 'It was told to stop', stops: true }

/** @param onReady - told when it is set for the first time */
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

/** Looks whether something works; resolves to what does not. */
export type Check = {
  run: () => Promise<readonly Trouble[]>
  /** What is wrong when it does not answer in time. */
  silent: Trouble
}

/** A check and the pause after it are over before operators want to know: within five seconds. */
const CHECK_EVERY_MS = 1000
const CHECK_MS_MAX = 3000
/** A process that has just been started may still be connecting: that is no trouble yet. */
const CONNECTING_MS_MAX = 1000
const CONNECTING_PAUSE_MS = 50

/**
 * Looks every second, all checks side by side, and keeps what they find for whoever asks.
 *
 * @param onChange - told when something else is wrong than before
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
