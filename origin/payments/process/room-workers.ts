import type { Logger } from '../../../shared/runtime/log.ts'
import type { PaymentWorker } from './worker.ts'

export type RoomWorkers = {
  /** Runs a worker for each of these rooms and for no other; does not wait for those that stop. */
  follow(rooms: readonly string[]): void
  /** By room, the seconds since its worker last had a reply from the stream. */
  unreadSeconds(): [room: string, seconds: number][]
  /** Stops all of them, and waits for those that are still stopping. */
  stop(): Promise<void>
}

/**
 * The payment workers of the rooms that are in Redis, one each. The worker of a room that was archived finishes what it
 * is processing and closes its connection; if the room comes back meanwhile, the next worker starts after that, since
 * both use the origin's name in the room's stream.
 */
export function createRoomWorkers(deps: {
  start: (room: string) => PaymentWorker
  log: Logger
}): RoomWorkers {
  const running = new Map<string, PaymentWorker>()
  const stopping = new Map<string, Promise<void>>()

  function stop(room: string, worker: PaymentWorker): Promise<void> {
    running.delete(room)
    const stopped = worker
      .stop()
      .catch((error: unknown) => deps.log.error({ err: error, room }, 'a payment worker did not stop'))
      .finally(() => stopping.delete(room))
    stopping.set(room, stopped)
    return stopped
  }

  return {
    follow(rooms) {
      const wanted = new Set(rooms)
      for (const [room, worker] of running) if (!wanted.has(room)) void stop(room, worker)
      for (const room of wanted) {
        if (!running.has(room) && !stopping.has(room)) running.set(room, deps.start(room))
      }
    },
    unreadSeconds: () => [...running].map(([room, worker]) => [room, worker.unreadMs() / 1000]),
    async stop() {
      const stopped = [...running].map(([room, worker]) => stop(room, worker))
      await Promise.all([...stopped, ...stopping.values()])
    },
  }
}
