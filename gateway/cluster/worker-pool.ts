import type { Trouble } from '../../shared/http/readiness.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { pause } from '../../shared/runtime/loop.ts'
import { createRestarts, type RestartLimits } from '../../shared/runtime/restarts.ts'
import type { MetricsSource } from './merged-metrics.ts'
import { describeExit, type Exit, forkMember, isGoodEnd, type PoolMember } from './pool-member.ts'

export type WorkerPoolOptions = {
  size: number
  limits: RestartLimits
  /** How long a stopping worker may take before it is killed. */
  stopMs: number
  /**
   * Whether the socket is closed with the last worker that listens, as node:cluster does with one that it did not open:
   * the gateway then ends, so that the holder of the socket starts it again.
   */
  lastCloses?: boolean
  log: Logger
  /** Called once, when every worker accepts requests. */
  onStarted: (port: number) => void
  /** Called whenever another worker can take requests. */
  onReady: () => void
  /** Called for each ended worker before its replacement starts, with whether it ended as requested. */
  onEnded: (id: number, asRequested: boolean) => void
  /** Called when restarting workers is pointless. */
  onFailure: (reason: string) => void
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

/**
 * Runs a number of workers that share a listening socket. A worker that dies is replaced after a pause. One that dies
 * before all have listened once is misconfigured, which a restart does not fix.
 */
export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { size, log } = options
  const members = new Map<number, PoolMember>()
  const stopping = new AbortController()
  const pauseAfterDeath = createRestarts(options.limits, () => performance.now())
  const badEnds: string[] = []
  let started = false
  let onEmpty = () => {}

  function fork(): void {
    const member = forkMember({ onListening, onReady, onExit }, log)
    members.set(member.id, member)
  }

  function onListening(member: PoolMember, port: number): void {
    const all = [...members.values()]
    if (!started && all.length >= size && all.every(({ isListening }) => isListening)) {
      started = true
      options.onStarted(port)
    }
    onReady(member)
  }

  function onReady({ isListening, isReady }: PoolMember): void {
    if (isListening && isReady) options.onReady()
  }

  function onExit({ id }: PoolMember, exit: Exit): void {
    members.delete(id)
    options.onEnded(id, isGoodEnd(exit))
    if (stopping.signal.aborted) {
      if (!isGoodEnd(exit)) badEnds.push(`worker ${id} ended ${describeExit(exit)}`)
      if (members.size === 0) onEmpty()
      return
    }
    if (isGoodEnd(exit)) log.info({ worker: id, ...exit }, 'a worker has stopped and is replaced')
    else log.error({ worker: id, ...exit }, 'a worker died')
    void replace(exit)
  }

  async function replace(exit: Exit): Promise<void> {
    if (!started) return options.onFailure(`a worker ended at once, ${describeExit(exit)}`)
    if (options.lastCloses === true && ![...members.values()].some(({ isListening }) => isListening))
      return options.onFailure(`no worker is left, the last ended ${describeExit(exit)}`)
    const pauseMs = pauseAfterDeath()
    if (pauseMs === undefined) {
      const { deathsMax, windowMs } = options.limits
      return options.onFailure(
        `workers died more than ${deathsMax} times in ${windowMs / 1000} s, the last ${describeExit(exit)}`,
      )
    }
    await pause(pauseMs, stopping.signal)
    if (!stopping.signal.aborted) fork()
  }

  /** Resolves once all have ended; those that are late are killed. */
  async function endAll(): Promise<void> {
    const empty = new Promise<void>((resolve) => {
      onEmpty = resolve
    })
    for (const member of members.values()) member.tell({ type: 'stop' })
    const late = setTimeout(() => {
      for (const member of members.values()) member.kill()
    }, options.stopMs)
    await empty
    clearTimeout(late)
  }

  const ready = () => [...members.values()].filter(({ isListening, isReady }) => isListening && isReady)
  return {
    start() {
      for (let i = 0; i < size; i += 1) fork()
    },
    readyCount: () => ready().length,
    troubles: () => ready().map(({ troubles }) => troubles),
    sources: () => [...members.values()].map(({ id, readMetrics }) => ({ id, readMetrics })),
    async stop() {
      stopping.abort()
      if (members.size === 0) return
      await endAll()
      if (badEnds.length > 0) throw new Error(badEnds.join('; '))
    },
  }
}
