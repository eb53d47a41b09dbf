import cluster, { type Worker } from 'node:cluster'
import type { Trouble } from '../../shared/http/readiness.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { pause } from '../../shared/runtime/loop.ts'
import { createRestarts, type RestartLimits } from '../../shared/runtime/restarts.ts'
import type { MetricsSource } from './merged-metrics.ts'
import type { MetricsJson, PrimaryMessage, WorkerMessage } from './messages.ts'

export type WorkerPoolOptions = {
  size: number
  limits: RestartLimits
  /** How long a stopping worker may take before it is killed. */
  stopMs: number
  log: Logger
  /** Called once, when every worker accepts requests. */
  onStarted: (port: number) => void
  /** Called whenever another worker can take requests. */
  onReady: () => void
  /** Called for each ended worker before its replacement starts, with whether it ended as requested. */
  onEnded: (id: number, asTold: boolean) => void
  /** Called when restarting workers is pointless. */
  onGiveUp: (reason: string) => void
}

export type WorkerPool = {
  start(): void
  /** The number of workers that have become ready for requests. */
  readyCount(): number
  /** The problems of each of these. */
  troubles(): (readonly Trouble[])[]
  /** The workers whose metrics can be requested. */
  sources(): MetricsSource[]
  /** Stops all workers and waits for them to end; throws when one had to be killed or ended with an error. */
  stop(): Promise<void>
}

type Member = {
  worker: Worker
  listening: boolean
  ready: boolean
  troubles: readonly Trouble[]
  /** Pending metrics requests, by request number. */
  waiting: Map<number, (metrics: MetricsJson) => void>
}

type Exit = { code: number; signal: string | null }

/**
 * Runs a number of workers that share a listening socket. A worker that dies is replaced after a pause. One that dies
 * before all have listened once is misconfigured, which a restart does not fix.
 */
export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { size, log } = options
  const members = new Map<number, Member>()
  const stopping = new AbortController()
  const pauseAfterDeath = createRestarts(options.limits, () => performance.now())
  const badEnds: string[] = []
  let started = false
  let requests = 0
  let onEmpty = () => {}

  function fork(): void {
    const worker = cluster.fork()
    const member: Member = { worker, listening: false, ready: false, troubles: [], waiting: new Map() }
    members.set(worker.id, member)
    worker.on('listening', ({ port }) => {
      member.listening = true
      startedOn(port)
      if (member.ready) options.onReady()
    })
    worker.on('message', (message: WorkerMessage) => hear(member, message))
    worker.once('exit', (code: number, signal: string | null) => ended(member, { code, signal }))
    worker.on('error', (error) => {
      log.warn({ err: error, worker: worker.id }, 'a worker could not be reached')
      // If the process could not be created, no exit event follows.
      if (worker.process.pid === undefined) ended(member, { code: 1, signal: null })
    })
  }

  function startedOn(port: number): void {
    const all = [...members.values()]
    if (started || all.length < size || !all.every(({ listening }) => listening)) return
    started = true
    options.onStarted(port)
  }

  function hear(member: Member, message: WorkerMessage): void {
    if (message.type === 'ready') {
      member.ready = true
      if (member.listening) options.onReady()
    } else if (message.type === 'troubles') {
      member.troubles = message.troubles
    } else {
      member.waiting.get(message.request)?.(message.metrics)
      member.waiting.delete(message.request)
    }
  }

  function ended({ worker }: Member, exit: Exit): void {
    if (!members.delete(worker.id)) return
    options.onEnded(worker.id, isGoodEnd(exit))
    if (stopping.signal.aborted) {
      if (!isGoodEnd(exit)) badEnds.push(`worker ${worker.id} ended ${describe(exit)}`)
      if (members.size === 0) onEmpty()
      return
    }
    if (isGoodEnd(exit)) log.info({ worker: worker.id, ...exit }, 'a worker has stopped and is replaced')
    else log.error({ worker: worker.id, ...exit }, 'a worker died')
    void replace(exit)
  }

  async function replace(exit: Exit): Promise<void> {
    if (!started) return options.onGiveUp(`a worker ended at once, ${describe(exit)}`)
    const pauseMs = pauseAfterDeath()
    if (pauseMs === undefined) {
      const { deathsMax, windowMs } = options.limits
      return options.onGiveUp(
        `workers died more than ${deathsMax} times in ${windowMs / 1000} s, the last ${describe(exit)}`,
      )
    }
    await pause(pauseMs, stopping.signal)
    if (!stopping.signal.aborted) fork()
  }

  function readyMembers(): Member[] {
    return [...members.values()].filter(({ listening, ready }) => listening && ready)
  }

  function tell({ worker }: Member, message: PrimaryMessage): void {
    if (worker.isConnected()) worker.send(message)
  }

  function readMetrics(member: Member): Promise<MetricsJson> {
    requests += 1
    const request = requests
    return new Promise((resolve) => {
      // A hanging worker gets a new request at each reading, and only the latest stays pending.
      member.waiting.clear()
      member.waiting.set(request, resolve)
      tell(member, { type: 'metrics', request })
    })
  }

  return {
    start() {
      for (let i = 0; i < size; i += 1) fork()
    },
    readyCount: () => readyMembers().length,
    troubles: () => readyMembers().map(({ troubles }) => troubles),
    sources: () =>
      [...members.values()].map((member) => ({
        id: member.worker.id,
        readMetrics: () => readMetrics(member),
      })),
    async stop() {
      stopping.abort()
      if (members.size === 0) return
      const empty = new Promise<void>((resolve) => {
        onEmpty = resolve
      })
      for (const member of members.values()) tell(member, { type: 'stop' })
      const late = setTimeout(() => {
        for (const { worker } of members.values()) worker.process.kill('SIGKILL')
      }, options.stopMs)
      await empty
      clearTimeout(late)
      if (badEnds.length > 0) throw new Error(badEnds.join('; '))
    },
  }
}

/** A signal to stop the primary may reach its entire process group, including a worker that cannot handle it yet. */
function isGoodEnd({ code, signal }: Exit): boolean {
  return code === 0 || signal === 'SIGTERM' || signal === 'SIGINT'
}

function describe({ code, signal }: Exit): string {
  return signal === null ? `with status ${code}` : `by ${signal}`
}
