import { constants } from 'node:os'
import type { TicketsToPrint } from '../../shared/pdf/print-tickets.ts'
import { createBoundedQueue } from '../../shared/runtime/bounded-queue.ts'
import { createHelperProcess } from '../helper-process/helper-process.ts'

export type TicketPrinter = {
  /** A PDF of an order's tickets. Throws when it cannot be created now. */
  print(tickets: TicketsToPrint): Promise<Buffer>
  close(): void
}

const PRINTER = {
  module: new URL('./print-process.ts', import.meta.url),
  niceness: constants.priority.PRIORITY_LOW,
  heapMegabytesMax: 256,
  msMax: 60_000,
  idleMs: 60_000,
}
/** More than the e-mails that are written concurrently. */
const QUEUE_MAX = 100

/**
 * Prints tickets for e-mails, one order at a time, in a separate process with a low priority: a PDF takes some 15 ms of
 * a processor, which a sale needs more.
 */
export function createTicketPrinter(): TicketPrinter {
  const queue = createBoundedQueue({ concurrencyMax: 1, queueMax: QUEUE_MAX })
  const printer = createHelperProcess<TicketsToPrint, Uint8Array>(PRINTER)
  return {
    async print(tickets) {
      const printed = await queue(() => printer.ask(tickets))
      if (printed.status === 'busy') throw new Error('too many tickets are waiting to be printed')
      return Buffer.from(printed.value)
    },
    close: printer.close,
  }
}
