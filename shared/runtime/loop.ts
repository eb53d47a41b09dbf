import { setTimeout } from 'node:timers/promises'
import type { Logger } from './log.ts'

export type Loop = {
  /** Lets the current turn end and begins no other. */
  stop(): Promise<void>
}

/**
 * Runs something repeatedly, with `intervalMs` between the end of one turn and the start of the next. A turn that fails
 * is logged and followed by the next one. An interval that changes is a function.
 */
export function startLoop(options: {
  name: string
  intervalMs: number | (() => number)
  log: Logger
  run: () => Promise<unknown>
}): Loop {
  const { name, intervalMs, log, run } = options
  const stopping = new AbortController()
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await run()
      } catch (error) {
        log.warn({ err: error, loop: name }, 'a turn of a loop failed')
      }
      await pause(typeof intervalMs === 'number' ? intervalMs : intervalMs(), stopping.signal)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await ended
    },
  }
}

/** Resolves after some time, or as soon as the signal is aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal })
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}
