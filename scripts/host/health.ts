import { z } from 'zod'
import { readLastRollout } from './rollout/last-rollout.ts'
import { currentVersion } from './rollout/releases.ts'
import { type Host, installedServices, type ServiceName } from './system/host.ts'
import { readServiceEnvironment } from './system/service-environment.ts'
import { createSystemd, unitOf } from './system/systemd.ts'

const TIMEOUT_MS = 5000
const PORTS = { gateway: '9080', origin: '9081' }

const ReadySchema = z.object({
  version: z.string().optional(),
  troubles: z.array(z.object({ code: z.string(), detail: z.string() })),
})

type ServiceHealth = { service: ServiceName; ready: boolean; line: string }

/** One line for each service of the host, and one for a rollout that failed. Ready when all services are. */
export async function readHealth(host: Host): Promise<{ ready: boolean; lines: string[] }> {
  const services = installedServices(host.paths)
  const all = await Promise.all(services.map((service) => healthOf(host, service)))
  const failure = (await readLastRollout(host.paths))?.failure
  const lines = all.map(({ line }) => line)
  if (services.length === 0) lines.push('no service is installed on this host')
  if (failure !== undefined) lines.push(`the last rollout failed: ${failure}`)
  return { ready: services.length > 0 && all.every(({ ready }) => ready), lines }
}

async function healthOf(host: Host, service: ServiceName): Promise<ServiceHealth> {
  const current = (await currentVersion(host.paths)) ?? 'without a release'
  try {
    const { ready, version = current, troubles } = await askReadiness(host, service)
    const words = troubles.map(({ code, detail }) => `${code} (${detail})`).join(', ')
    const state = ready ? 'ready' : 'not ready'
    return { service, ready, line: `${service} ${version} ${state}${words === '' ? '' : `: ${words}`}` }
  } catch {
    const { active, status } = await createSystemd(host.run).show(unitOf(service, current))
    const words = status === '' ? '' : `: ${status}`
    return { service, ready: false, line: `${service} ${current} does not respond, ${active}${words}` }
  }
}

async function askReadiness(host: Host, service: ServiceName) {
  const env = await readServiceEnvironment(host.paths, service)
  const prefix = service.toUpperCase()
  const address = env[`${prefix}_INTERNAL_HOST`] ?? '127.0.0.1'
  const port = env[`${prefix}_INTERNAL_PORT`] ?? PORTS[service]
  const response = await fetch(`http://${address}:${port}/readyz`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  return { ready: response.ok, ...ReadySchema.parse(await response.json()) }
}
