import { Worker } from 'node:worker_threads'
import { type BoundedQueue, type Busy, createBoundedQueue } from '../../../shared/runtime/bounded-queue.ts'
import { limitPerKey } from '../../../shared/runtime/per-key-limit.ts'
import type { RenderJob, RenderReply, RenderRequest, RenderResult } from './jobs.ts'

type RenderOptions = {
  /** The account of the job: each may have a few concurrent jobs. */
  account: string
  /** Aborted when the result is no longer needed. */
  signal: AbortSignal
}

type Rendered<J extends RenderJob> =
  | { status: 'ran'; value: RenderResult<J> }
  | Busy
  /** The account has reached its limit of concurrent jobs. */
  | { status: 'limited' }

/** Renders in a worker thread, so that the event loop that serves polls is never blocked. */
export type Renderer = {
  render<J extends RenderJob>(job: J, options: RenderOptions): Promise<Rendered<J>>
  close(): Promise<void>
}

/** Maximum jobs of one account that are running or queued. */
const JOBS_PER_ACCOUNT_MAX = 3
/** Queued jobs of a page, which take some ten milliseconds each. */
const CODES_CONCURRENCY_MAX = 2
const CODES_QUEUE_MAX = 200
/** A job that takes longer is stuck: the thread is stopped, and the next job gets another. */
const JOB_MS_MAX = 30_000
const THREAD_MEGABYTES_MAX = 256

type Pending = {
  resolve: (result: never) => void
  reject: (error: Error) => void
}

/** PDFs that one process renders concurrently, and those that queue before more get 503. */
const PDF_CONCURRENCY = 1
const PDF_QUEUE_MAX = 20

/** @param pdfs - a separate queue for PDFs, so that no page waits behind them */
export function createRenderer({
  pdfs = createBoundedQueue({ concurrencyMax: PDF_CONCURRENCY, queueMax: PDF_QUEUE_MAX }),
}: {
  pdfs?: BoundedQueue
} = {}): Renderer {
  const queues: Record<RenderJob['kind'], BoundedQueue> = {
    codes: createBoundedQueue({ concurrencyMax: CODES_CONCURRENCY_MAX, queueMax: CODES_QUEUE_MAX }),
    pdf: pdfs,
  }
  const perAccount = limitPerKey<string>(JOBS_PER_ACCOUNT_MAX)
  const pending = new Map<number, Pending>()
  let thread: Worker | undefined
  let lastId = 0

  /** The thread, which starts with the first job. */
  function open(): Worker {
    if (thread !== undefined) return thread
    const opened = new Worker(new URL('./render-worker.ts', import.meta.url), {
      name: 'rendering',
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEGABYTES_MAX },
    })
    opened.unref()
    opened.on('message', settle)
    opened.on('error', () => {
      // Handled by its exit event.
    })
    opened.on('exit', () => {
      if (thread === opened) thread = undefined
      for (const { reject } of pending.values()) reject(new Error('The rendering thread stopped'))
      pending.clear()
    })
    thread = opened
    return opened
  }

  function settle(reply: RenderReply): void {
    const job = pending.get(reply.id)
    pending.delete(reply.id)
    if ('error' in reply) job?.reject(new Error(`Rendering failed: ${reply.error}`))
    else job?.resolve(reply.result as never)
  }

  async function run<J extends RenderJob>(job: J, signal: AbortSignal): Promise<RenderResult<J>> {
    signal.throwIfAborted()
    const worker = open()
    lastId += 1
    const id = lastId
    const { promise, resolve, reject } = Promise.withResolvers<RenderResult<J>>()
    pending.set(id, { resolve, reject })
    const stop = () => {
      worker.postMessage({ id, cancel: true } satisfies RenderRequest)
      reject(new Error('The request that needed this page has ended', { cause: signal.reason }))
    }
    const timer = setTimeout(() => void worker.terminate(), JOB_MS_MAX)
    signal.addEventListener('abort', stop, { once: true })
    worker.postMessage({ id, job } satisfies RenderRequest)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      pending.delete(id)
    }
  }

  return {
    async render(job, { account, signal }) {
      return await perAccount(account, () => queues[job.kind](() => run(job, signal)))
    },
    async close() {
      await thread?.terminate()
    },
  }
}
