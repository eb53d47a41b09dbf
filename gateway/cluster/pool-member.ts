import cluster, { type Worker } from 'node:cluster'
import type { Trouble } from '../../shared/http/readiness.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import type { MetricsJson, PrimaryMessage, WorkerMessage } from './messages.ts'

export type Exit = { code: number; signal: string | null }

/** One worker, as the primary knows it. */
export type PoolMember = {
  id: number
  isListening: boolean
  isReady: boolean
  troubles: readonly Trouble[]
  tell(message: PrimaryMessage): void
  readMetrics(): Promise<MetricsJson>
  kill(): void
}

type MemberEvents = {
  onListening(member: PoolMember, port: number): void
  onReady(member: PoolMember): void
  /** Called once. */
  onExit(member: PoolMember, exit: Exit): void
}

export function forkMember(events: MemberEvents, log: Logger): PoolMember {
  const worker = cluster.fork()
  const pending = new Map<number, (metrics: MetricsJson) => void>()
  const member: PoolMember = {
    ...{ id: worker.id, isListening: false, isReady: false, troubles: [] },
    tell: (message) => tell(worker, message),
    readMetrics: createMetricsReader(worker, pending),
    kill: () => worker.process.kill('SIGKILL'),
  }
  let hasExited = false
  function exited(exit: Exit): void {
    if (hasExited) return
    hasExited = true
    events.onExit(member, exit)
  }
  worker.on('listening', ({ port }) => {
    member.isListening = true
    events.onListening(member, port)
  })
  worker.on('message', (message: WorkerMessage) => {
    if (message.type === 'ready') {
      member.isReady = true
      events.onReady(member)
    } else if (message.type === 'troubles') {
      member.troubles = message.troubles
    } else {
      pending.get(message.request)?.(message.metrics)
      pending.delete(message.request)
    }
  })
  worker.once('exit', (code: number, signal: string | null) => exited({ code, signal }))
  worker.on('error', (error) => {
    log.warn({ err: error, worker: worker.id }, 'a worker could not be reached')
    // If the process could not be created, no exit event follows.
    if (worker.process.pid === undefined) exited({ code: 1, signal: null })
  })
  return member
}

function tell(worker: Worker, message: PrimaryMessage): void {
  if (worker.isConnected()) worker.send(message)
}

/** @param pending - requests without a response, by number */
function createMetricsReader(
  worker: Worker,
  pending: Map<number, (metrics: MetricsJson) => void>,
): PoolMember['readMetrics'] {
  let request = 0
  return () => {
    request += 1
    return new Promise((resolve) => {
      // A hanging worker gets a new request at each reading, and only the latest stays pending.
      pending.clear()
      pending.set(request, resolve)
      tell(worker, { type: 'metrics', request })
    })
  }
}

/** A signal to stop the primary may reach its entire process group, including a worker that cannot handle it yet. */
export function isGoodEnd({ code, signal }: Exit): boolean {
  return code === 0 || signal === 'SIGTERM' || signal === 'SIGINT'
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `with status ${code}` : `by ${signal}`
}
