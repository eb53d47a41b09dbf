import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readHealth } from './health.ts'
import { releasesFolder } from './rollout/releases.ts'
import { activateInstalled } from './rollout/rollout.ts'
import { makeTestHost } from './testing/host.ts'
import { writeRelease } from './testing/release.ts'

/** The internal port of a service that answers so. */
async function answering(status: number, body: unknown): Promise<number> {
  const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(body)))
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('the health of a host', () => {
  it('tells version and readiness of each service', async () => {
    const { host, configure } = makeTestHost()
    const ready = await answering(200, { status: 'ready', version: '1.2.3-abc', troubles: [] })
    const troubles = [{ code: 'mysql-unreachable', detail: 'MySQL does not respond' }]
    const unready = await answering(503, { status: 'not-ready', version: '1.2.3-abc', troubles })
    configure('gateway.env', `GATEWAY_INTERNAL_PORT="${ready}"\n`)
    configure('origin.env', `ORIGIN_INTERNAL_PORT="${unready}"\n`)
    expect(await readHealth(host)).toEqual({
      ready: false,
      lines: [
        'origin 1.2.3-abc not ready: mysql-unreachable (MySQL does not respond)',
        'gateway 1.2.3-abc ready',
      ],
    })
  })

  it('tells the state of the unit of a service that does not respond', async () => {
    const { host, paths, configureGateway } = makeTestHost()
    configureGateway({ GATEWAY_INTERNAL_PORT: '1' })
    await writeRelease(releasesFolder(paths), { version: '1.0.0' })
    await activateInstalled(host, { version: '1.0.0' })
    expect(await readHealth(host)).toEqual({
      ready: false,
      lines: ['gateway 1.0.0 does not respond, active'],
    })
  })

  it('is not ready on a host without services', async () => {
    const { ready, lines } = await readHealth(makeTestHost().host)
    expect({ ready, lines }).toEqual({ ready: false, lines: ['no service is installed on this host'] })
  })
})
