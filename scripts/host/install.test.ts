import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { makeTestDatabase } from '../../drizzle/testing/database.ts'
import { temporaryFolder } from '../develop/stores/testing.ts'
import { type Installation, install, publishKeys } from './install.ts'
import { currentVersion } from './rollout/releases.ts'
import { credentialsFolder, environmentFile, type ServiceName } from './system/host.ts'
import { readServiceEnvironment } from './system/service-environment.ts'
import { makeTestHost } from './testing/host.ts'
import { writeRelease } from './testing/release.ts'

const PUBLIC_URL = 'https://tickets.example.org'

function file(text: string): string {
  const path = join(temporaryFolder(), 'settings.env')
  writeFileSync(path, text)
  return path
}

async function makeServer(services: readonly ServiceName[]) {
  const made = makeTestHost()
  const read = (service: ServiceName) => readServiceEnvironment(made.paths, service)
  return {
    ...made,
    read,
    async install(options: Partial<Installation> & { version?: string } = {}): Promise<void> {
      const { version = '1.0.0', ...rest } = options
      const release = await writeRelease(temporaryFolder(), { version })
      await install(made.host, { services, release, ...rest })
    },
  }
}

const gatewaySettings = (more = '') =>
  file(
    `GATEWAY_PUBLIC_URL=${PUBLIC_URL}\nREDIS_URL=redis://:hidden@127.0.0.1:6379\nORIGIN_URL=http://10.0.0.12:8081\n${more}`,
  )

describe("installing on a server of one's own", () => {
  it('sets up both services with keys that fit, and starts them', async () => {
    const { url, drop } = await makeTestDatabase(inject('databaseUrl'))
    const { install, read, paths, running } = await makeServer(['origin', 'gateway'])
    const settings = [
      `GATEWAY_PUBLIC_URL=${PUBLIC_URL}`,
      `DATABASE_URL='${url}'`,
      'REDIS_URL=redis://:hidden@127.0.0.1:6379',
      'PAYMENT_PROVIDER=sandbox',
      'PROVIDER_URL=http://127.0.0.1:8090',
    ]
    await install({ settings: file(settings.join('\n')) })
    expect([...running].filter((unit) => unit.includes('@')).toSorted()).toEqual([
      'naru-gateway@1.0.0.service',
      'naru-origin@1.0.0.service',
    ])
    const [gateway, origin] = [await read('gateway'), await read('origin')]
    expect(gateway).toMatchObject({ ORIGIN_URL: 'http://127.0.0.1:8081' })
    expect(gateway).not.toHaveProperty('DATABASE_URL')
    expect(origin).not.toHaveProperty('PASS_PRIVATE_KEY')
    expect(readFileSync(environmentFile(paths, 'origin'), 'utf8')).not.toMatch(/hidden|mysql|PRIVATE/)
    expect(statSync(join(credentialsFolder(paths, 'origin'), 'DATABASE_URL')).mode & 0o777).toBe(0o600)
    const socket = join(paths.units, 'naru-gateway.socket.d/listen.conf')
    expect(readFileSync(socket, 'utf8')).toBe('[Socket]\nListenStream=\nListenStream=127.0.0.1:8080\n')
    await drop()
  })

  it('keeps keys, settings and addresses when it is repeated, and restarts nothing', async () => {
    const { install, read, paths, done } = await makeServer(['gateway'])
    const peer = file(await publishKeys(makeTestHost().paths, 'origin'))
    await install({ settings: gatewaySettings('LOG_LEVEL=warn\n'), peer, listen: '10.0.0.11:8080' })
    const before = await read('gateway')
    done.length = 0
    await install()
    expect(await read('gateway')).toEqual(before)
    expect(before).toMatchObject({ LOG_LEVEL: 'warn', GATEWAY_PUBLIC_URL: PUBLIC_URL })
    expect(done.filter((each) => each.includes('@'))).toEqual([])
    const socket = join(paths.units, 'naru-gateway.socket.d/listen.conf')
    expect(readFileSync(socket, 'utf8')).toContain('ListenStream=10.0.0.11:8080')
  })

  it('upgrades with a newer release, and leaves the older one running where that does not become ready', async () => {
    const { install, paths, running, failing } = await makeServer(['gateway'])
    const peer = file(await publishKeys(makeTestHost().paths, 'origin'))
    await install({ settings: gatewaySettings(), peer })
    await install({ version: '2.0.0' })
    expect(await currentVersion(paths)).toBe('2.0.0')
    failing.set('naru-gateway@3.0.0.service', { status: 'redis-refuses', log: '' })
    await expect(install({ version: '3.0.0' })).rejects.toThrow('redis-refuses')
    expect(running).toContain('naru-gateway@2.0.0.service')
    expect(await currentVersion(paths)).toBe('2.0.0')
  })

  it('takes the public keys that the host of the other service prints, which prints the same again', async () => {
    const [gateway, origin] = [await makeServer(['gateway']), await makeServer(['origin'])]
    const keys = await publishKeys(origin.paths, 'origin')
    expect(await publishKeys(origin.paths, 'origin')).toBe(keys)
    await gateway.install({ settings: gatewaySettings(), peer: file(keys) })
    const { SESSION_PUBLIC_KEYS } = await gateway.read('gateway')
    expect(keys).toBe(`SESSION_PUBLIC_KEYS="${SESSION_PUBLIC_KEYS}"\n`)
  })

  it('keeps earlier public keys behind a new one, so that tokens signed with them stay valid', async () => {
    const gateway = await makeServer(['gateway'])
    const [earlier, later] = [makeTestHost(), makeTestHost()]
    await gateway.install({
      settings: gatewaySettings(),
      peer: file(await publishKeys(earlier.paths, 'origin')),
    })
    const { SESSION_PUBLIC_KEYS: before } = await gateway.read('gateway')
    await gateway.install({ peer: file(await publishKeys(later.paths, 'origin')) })
    const { SESSION_PUBLIC_KEYS: after = '' } = await gateway.read('gateway')
    expect(after.split(',')).toEqual([expect.any(String), before])
    await gateway.install()
    expect(await gateway.read('gateway')).toMatchObject({ SESSION_PUBLIC_KEYS: after })
  })

  it('says everything that is missing at once, and leaves the host as it was', async () => {
    const { install, running, paths } = await makeServer(['gateway'])
    await expect(install()).rejects.toThrow(
      /^The configuration of the gateway is not valid: GATEWAY_PUBLIC_URL is required.*; SESSION_PUBLIC_KEYS is required/,
    )
    expect([...running]).toEqual([])
    expect(existsSync(environmentFile(paths, 'gateway'))).toBe(false)
  })

  it('closes the folder of credentials alone, so that services can read certificates beside it', async () => {
    const { install, paths } = await makeServer(['gateway'])
    const peer = file(await publishKeys(makeTestHost().paths, 'origin'))
    await install({ settings: gatewaySettings(), peer })
    const modes = [paths.etc, join(paths.etc, 'credentials'), credentialsFolder(paths, 'gateway')].map(
      (folder) => statSync(folder).mode & 0o777,
    )
    expect(modes).toEqual([0o755, 0o755, 0o700])
  })

  it('makes no keys where those that are there cannot be read', async () => {
    const { paths } = makeTestHost()
    mkdirSync(join(paths.etc, 'credentials'), { recursive: true })
    writeFileSync(credentialsFolder(paths, 'origin'), '')
    await expect(publishKeys(paths, 'origin')).rejects.toThrow('credentials/origin cannot be read')
  })

  it('refuses another address while its socket listens, and takes it once that is stopped', async () => {
    const { install, running, paths, done } = await makeServer(['gateway'])
    const peer = file(await publishKeys(makeTestHost().paths, 'origin'))
    await install({ settings: gatewaySettings(), peer, listen: '0.0.0.0:8080' })
    const socket = join(paths.units, 'naru-gateway.socket.d/listen.conf')
    await expect(install({ listen: '10.0.0.11:8080' })).rejects.toThrow(
      'naru-gateway.socket listens on another address: systemctl stop naru-gateway.socket naru-gateway.service, and repeat the command',
    )
    expect(readFileSync(socket, 'utf8')).toContain('ListenStream=0.0.0.0:8080')
    running.clear()
    done.length = 0
    await install({ listen: '10.0.0.11:8080' })
    expect(readFileSync(socket, 'utf8')).toContain('ListenStream=10.0.0.11:8080')
    expect(done[0]).toBe('daemon-reload')
  })

  it.each([
    [
      'a misspelt variable',
      () => ({ settings: file('REDIS_URI=redis://127.0.0.1\n') }),
      'No variable of the gateway: REDIS_URI',
    ],
    ['an address without a port', () => ({ listen: 'example.org' }), '--listen takes an address and a port'],
    [
      'a file that is not there',
      () => ({ settings: '/nowhere/settings.env' }),
      '/nowhere/settings.env cannot be read',
    ],
  ])('refuses %s', async (_, options, words) => {
    const { install } = await makeServer(['gateway'])
    await expect(install(options())).rejects.toThrow(words)
  })

  it('refuses to leave out a service that the host has', async () => {
    const { host, configure } = makeTestHost()
    configure('origin.env', '')
    const release = await writeRelease(temporaryFolder(), { version: '1.0.0' })
    await expect(install(host, { services: ['gateway'], release })).rejects.toThrow(
      'This host has the origin too: install both',
    )
  })
})
