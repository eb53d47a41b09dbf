import { type ChildProcess, fork } from 'node:child_process'
import { setPriority } from 'node:os'

/** A child process for heavy work, so that the event loop and the sale have priority. */
export type HelperProcess<Request, Answer> = {
  /** The reply of the process. Throws `HelperFailed` when it ends before, or exceeds its time limit. */
  ask(request: Request): Promise<Answer>
  close(): void
}

export type HelperProcessOptions = {
  /** The module that the process runs: it calls `answerRequests`. */
  module: URL
  /** A niceness, from 0 to 19: the higher, the lower the process's priority. */
  niceness: number
  heapMegabytesMax: number
  /** How long one request may take: a process that takes longer is ended, and the next request gets another. */
  msMax: number
  /** An idle process ends after this time, which frees its memory. */
  idleMs: number
}

/** Messages to the process and from it. */
export type HelperRequest<Request> = { id: number; request: Request }
export type HelperReply<Answer> = { id: number; answer: Answer } | { id: number; error: string }

export class HelperFailed extends Error {
  override name = 'HelperFailed'
}

/** The process starts with the first request, and again with the next one after it has ended. */
export function createHelperProcess<Request, Answer>(
  options: HelperProcessOptions,
): HelperProcess<Request, Answer> {
  let child: ChildProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0
  let asked = 0

  function open(): ChildProcess {
    if (child !== undefined) return child
    const opened = fork(options.module, {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${options.heapMegabytesMax}`],
      env: {},
    })
    if (opened.pid !== undefined) setPriority(opened.pid, options.niceness)
    // Each pending request listens for its own reply and for the end.
    opened.setMaxListeners(0)
    const forget = () => {
      if (child === opened) child = undefined
    }
    opened.once('exit', forget).once('error', forget)
    child = opened
    return opened
  }

  return {
    async ask(request) {
      clearTimeout(idle)
      lastId += 1
      asked += 1
      try {
        return await askOnce<Request, Answer>(open(), { id: lastId, request }, options.msMax)
      } finally {
        asked -= 1
        if (asked === 0) {
          idle = setTimeout(() => child?.kill(), options.idleMs)
          idle.unref()
        }
      }
    },
    close() {
      clearTimeout(idle)
      child?.kill()
    },
  }
}

function askOnce<Request, Answer>(
  child: ChildProcess,
  request: HelperRequest<Request>,
  msMax: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onEnd).off('error', onEnd)
      settle()
    }
    const onMessage = (message: unknown) => {
      const reply = message as HelperReply<Answer>
      if (reply.id !== request.id) return
      end(() => ('error' in reply ? reject(new HelperFailed(reply.error)) : resolve(reply.answer)))
    }
    const onEnd = () => end(() => reject(new HelperFailed('the process ended')))
    const timer = setTimeout(() => child.kill('SIGKILL'), msMax)
    child.on('message', onMessage).on('exit', onEnd).on('error', onEnd)
    child.send(request, (error) => {
      if (error !== null) onEnd()
    })
  })
}
