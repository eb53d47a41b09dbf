import { type ChildProcess, fork } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { createBoundedQueue } from '../../shared/bounded-queue.ts'
import type { TicketsToPrint } from '../../shared/paper/print-tickets.ts'

export type TicketPrinter = {
  /** A PDF of an order's tickets. Throws when it cannot be made now. */
  print(tickets: TicketsToPrint): Promise<Buffer>
  close(): void
}

type Reply = { id: number; pdf: Uint8Array } | { id: number; error: string }

const PRINT_MS_MAX = 60_000
/** An idle process ends, and its memory with it. */
const IDLE_MS = 60_000
/** More than the e-mails that are being written at the same time. */
const WAITING_MAX = 100
const HEAP_MEGABYTES_MAX = 256

/**
 * Prints tickets for e-mails in a process of its own with a low priority: a PDF takes some 15 ms of a processor, which a
 * sale needs more. It starts with the first order, prints one at a time, and is replaced when it fails.
 */
export function createTicketPrinter(): TicketPrinter {
  const queue = createBoundedQueue({ atOnceMax: 1, waitingMax: WAITING_MAX })
  let child: ChildProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0

  function open(): ChildProcess {
    if (child !== undefined) return child
    const opened = fork(new URL('./print-process.ts', import.meta.url), {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${HEAP_MEGABYTES_MAX}`],
      env: {},
    })
    if (opened.pid !== undefined) setPriority(opened.pid, constants.priority.PRIORITY_LOW)
    opened.once('exit', () => {
      if (child === opened) child = undefined
    })
    child = opened
    return opened
  }

  async function run(tickets: TicketsToPrint): Promise<Buffer> {
    clearTimeout(idle)
    const printing = open()
    lastId += 1
    const reply = await ask(printing, lastId, tickets).finally(() => {
      idle = setTimeout(() => printing.kill(), IDLE_MS)
      idle.unref()
    })
    if ('error' in reply) throw new Error(`the tickets could not be printed: ${reply.error}`)
    return Buffer.from(reply.pdf)
  }

  return {
    async print(tickets) {
      const printed = await queue(() => run(tickets))
      if (printed.status === 'busy') throw new Error('too many tickets are waiting to be printed')
      return printed.value
    },
    close() {
      clearTimeout(idle)
      child?.kill()
    },
  }
}

function ask(child: ChildProcess, id: number, tickets: TicketsToPrint): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit).off('error', onExit)
      settle()
    }
    const onMessage = (reply: unknown) => {
      if ((reply as Reply).id === id) end(() => resolve(reply as Reply))
    }
    const onExit = () => end(() => reject(new Error('the printing process ended')))
    // A process that is stuck is stopped, and the next order gets another.
    const timer = setTimeout(() => child.kill('SIGKILL'), PRINT_MS_MAX)
    child.on('message', onMessage).on('exit', onExit).on('error', onExit)
    child.send({ id, tickets })
  })
}
