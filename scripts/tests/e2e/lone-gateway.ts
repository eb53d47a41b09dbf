import type { Folders } from '../../develop/start/folders.ts'
import { logOf } from '../../develop/start/folders.ts'
import { programArguments } from '../../develop/start/programs.ts'
import { findFreePorts } from '../../develop/stores/free-ports.ts'
import { becomeReady, startProcess } from '../../develop/stores/process.ts'

const HOST = '127.0.0.1'
const READY_TIMEOUT_MS = 120_000

/**
 * Starts a gateway like another one, except that its origin does not respond: to test what fans see while the origin is
 * unavailable, next to a system in which it is available.
 */
export async function startLoneGateway(
  { root, programs, logs }: Pick<Folders, 'root' | 'programs' | 'logs'>,
  environment: NodeJS.ProcessEnv,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const [port, internalPort, deadPort] = await findFreePorts(HOST, 3)
  const logFile = logOf({ logs }, 'lone-gateway')
  const gateway = await startProcess({
    name: 'Gateway without an origin',
    command: process.execPath,
    args: programArguments(programs, 'gateway'),
    env: {
      ...environment,
      GATEWAY_PORT: String(port),
      GATEWAY_INTERNAL_PORT: String(internalPort),
      ORIGIN_URL: `http://${HOST}:${deadPort}`,
    },
    cwd: root,
    logFile,
  })
  await becomeReady(gateway, {
    // It is alive, and never ready: it has no catalogue.
    isReady: async () => (await fetch(`http://${HOST}:${internalPort}/healthz`)).ok,
    timeoutMs: READY_TIMEOUT_MS,
    logFile,
  })
  return { url: `http://${HOST}:${port}`, stop: gateway.stop }
}
