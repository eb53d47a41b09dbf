import type { Failure } from '../stores/failure.ts'
import { describeExit, startProcess } from '../stores/process.ts'
import type { Addresses, ServiceName } from './addresses.ts'
import { type Folders, logOf } from './folders.ts'
import { programArguments } from './programs.ts'
import { type Service, startService } from './service.ts'
import type { Steps } from './steps.ts'

export type ServicesOptions = {
  folders: Folders
  addresses: Addresses
  environments: Record<ServiceName, NodeJS.ProcessEnv>
  steps: Steps
  signal: AbortSignal
  /** Called for each service as soon as it works. */
  onStarted: (service: Service) => void
  onRestart: () => void
  onFailure: (failure: Failure) => void
}

const PROGRAMS: { service: ServiceName; title: string }[] = [
  { service: 'sandbox', title: 'Sandbox payment provider' },
  { service: 'origin', title: 'Origin' },
  { service: 'gateway', title: 'Gateway' },
]
/** For a busy host: a service that cannot start ends, and is reported immediately. */
const READY_TIMEOUT_MS = 5 * 60_000
const ANSWER_TIMEOUT_MS = 2000

/** Starts our own programs, each when the one before it works. */
export async function startServices(options: ServicesOptions): Promise<Record<ServiceName, Service>> {
  const services: Partial<Record<ServiceName, Service>> = {}
  for (const program of PROGRAMS) {
    const service = await options.steps.run(program.title, () => startOne(options, program))
    options.onStarted(service)
    services[program.service] = service
  }
  const { sandbox, origin, gateway } = services
  if (!(sandbox && origin && gateway)) throw new Error('Every service has a program')
  return { sandbox, origin, gateway }
}

function startOne(options: ServicesOptions, { service, title }: (typeof PROGRAMS)[number]): Promise<Service> {
  const { folders, addresses, environments, steps, signal, onRestart, onFailure } = options
  const logFile = logOf(folders, service)
  return startService({
    name: title,
    start: () =>
      startProcess({
        name: title,
        command: process.execPath,
        args: programArguments(folders.programs, service),
        env: environments[service],
        cwd: folders.root,
        logFile,
      }),
    isReady: async () => {
      const response = await fetch(addresses.readyUrls[service], {
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      await response.arrayBuffer()
      return response.ok
    },
    readyTimeoutMs: READY_TIMEOUT_MS,
    logFile,
    signal,
    onRestart: ({ pid, exit }) => {
      steps.print(`  ! ${title} ended ${describeExit(exit)}; it runs again, as process ${pid}`)
      onRestart()
    },
    onFailure,
  })
}
