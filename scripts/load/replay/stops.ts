import { type End, Leaving } from './leaving.ts'

/** What ends all journeys: an interruption, or the time limit. */
export type Stops = {
  /** Aborted with a `Leaving`. */
  readonly signal: AbortSignal
  /**
   * A controller of one fan's own, aborted with all others. Thousands that listened to one signal would make each
   * listener dear to remove.
   */
  open(): AbortController
  close(controller: AbortController): void
  /** Releases the timer and the listener on `interrupt`. */
  end(): void
}

export function createStops(interrupt: AbortSignal, msMax: number): Stops {
  const all = new AbortController()
  const open = new Set<AbortController>()
  const stop = (end: End) => {
    all.abort(new Leaving(end))
    for (const controller of open) controller.abort(all.signal.reason)
  }
  const onInterrupt = () => stop({ outcome: 'stopped' })
  const timer = setTimeout(() => stop({ outcome: 'gave-up' }), msMax)
  interrupt.addEventListener('abort', onInterrupt, { once: true })
  if (interrupt.aborted) onInterrupt()
  return {
    signal: all.signal,
    open() {
      const controller = new AbortController()
      if (all.signal.aborted) controller.abort(all.signal.reason)
      else open.add(controller)
      return controller
    },
    close(controller) {
      open.delete(controller)
    },
    end() {
      clearTimeout(timer)
      interrupt.removeEventListener('abort', onInterrupt)
    },
  }
}
