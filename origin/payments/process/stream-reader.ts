import { REDIS_SILENT_MS } from '../../../shared/redis/client.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { type Backoff, restMsMin } from '../backoff.ts'
import type { PaymentStream, StreamBatch } from '../payment-stream.ts'
import type { ReadingConnection } from '../reading-connection.ts'
import { STEP_MS_MAX, type WorkerStep } from './worker-step.ts'

/** Reads a room's stream in the order in which its entries are to be processed. */
export type StreamReader = {
  /** Creates the stream, unless that was done since the start or the last failure. False while Redis has no room. */
  ensure(): Promise<boolean>
  /**
   * First what this worker was processing when it was killed, then claimable entries; then it waits for new ones.
   */
  read(countMax: number): Promise<StreamBatch>
  /** Reads on a new connection after a failure. */
  startOver(): void
}

const BLOCK_MS_MAX = 1000

export function createStreamReader(deps: {
  stream: Pick<PaymentStream, 'ensure' | 'readOwn' | 'takeOver' | 'readNew'>
  connection: ReadingConnection
  step: WorkerStep
  now: Clock
  backoff: Backoff
  silentMs?: number | undefined
}): StreamReader {
  const { stream, connection, step, now, backoff, silentMs = REDIS_SILENT_MS } = deps
  const scanMs = Math.ceil(restMsMin(backoff) / 2)
  let ready = false
  let nextScanAt = 0
  /** How far this consumer's own pending entries have been read; undefined once there are no more. */
  let ownAfter: string | undefined = '0'

  return {
    async ensure() {
      ready ||= await step(STEP_MS_MAX, stream.ensure)
      return ready
    },

    async read(countMax) {
      const after = ownAfter
      if (after !== undefined) {
        const own = await step(STEP_MS_MAX, () => stream.readOwn(countMax, after))
        ownAfter = own.last
        if (own.last !== undefined) return own
      }
      if (now() >= nextScanAt) {
        const rested = await step(STEP_MS_MAX, () => stream.takeOver(countMax, backoff))
        if (rested.wrapped) nextScanAt = now() + scanMs
        if (rested.last !== undefined || !rested.wrapped) return rested
      }
      // Two steps, so that the time to connect does not count against the read.
      await step(silentMs, connection.open)
      const blockMs = Math.min(BLOCK_MS_MAX, scanMs)
      return step(blockMs + silentMs, () => stream.readNew(countMax, blockMs))
    },

    startOver() {
      ready = false
      connection.leave()
      // Entries delivered to the closed connection are pending, and their backoff starts then.
      nextScanAt = 0
    },
  }
}
