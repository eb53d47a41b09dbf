import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { makeTestDatabase } from '../../../drizzle/testing/database.ts'
import { readHealth } from '../health.ts'
import { credentialsFolder, environmentFile, HostError, type ServiceName } from '../system/host.ts'
import { publicFile, secretFile } from '../system/host-files.ts'
import { makeTestHost } from '../testing/host.ts'
import { makeArchive, writeRelease } from '../testing/release.ts'
import { activate } from './activate.ts'
import type { OpenObject } from './archive.ts'
import { migrateHost } from './migrate.ts'
import { currentVersion, releasesFolder } from './releases.ts'
import { activateInstalled, exclusively, rollout } from './rollout.ts'

const noObjects: OpenObject = () => Promise.reject(new Error('no object is expected'))

async function makeGatewayHost(...versions: string[]) {
  const made = makeTestHost()
  made.configureGateway()
  for (const version of versions) await writeRelease(releasesFolder(made.paths), { version })
  return { ...made, unit: (version: string) => `naru-gateway@${version}.service` }
}

describe('activating a release', () => {
  it('starts the first one with its socket, and with the host from then on', async () => {
    const { host, paths, running, enabled } = await makeGatewayHost('1.0.0')
    await activateInstalled(host, { version: '1.0.0' })
    expect([...running].toSorted()).toEqual([
      'naru-gateway.service',
      'naru-gateway.socket',
      'naru-gateway@1.0.0.service',
    ])
    expect([...enabled].toSorted()).toEqual(['naru-gateway.service', 'naru-gateway.socket'])
    expect(await currentVersion(paths)).toBe('1.0.0')
    expect(existsSync(join(paths.units, 'naru-gateway@.service'))).toBe(true)
    expect(readFileSync(join(paths.journald, 'naru.conf'), 'utf8')).toContain('SystemMaxUse=')
  })

  it('leaves nothing running of a first one that does not become ready', async () => {
    const { host, paths, running, enabled, failing, unit } = await makeGatewayHost('1.0.0')
    failing.set(unit('1.0.0'), { status: '', log: '' })
    await expect(activateInstalled(host, { version: '1.0.0' })).rejects.toThrow('did not become ready')
    expect([...running, ...enabled]).toEqual([])
    expect(existsSync(join(paths.units, 'naru-gateway@.service'))).toBe(false)
    expect(await currentVersion(paths)).toBeUndefined()
  })

  it('stops the previous version only after the new one is ready and current', async () => {
    const { host, paths, running, done, unit } = await makeGatewayHost('1.0.0', '2.0.0')
    await activateInstalled(host, { version: '1.0.0' })
    await activateInstalled(host, { version: '2.0.0' })
    expect(done.indexOf(`start ${unit('2.0.0')}`)).toBeLessThan(done.indexOf(`stop ${unit('1.0.0')}`))
    expect(running.has(unit('1.0.0'))).toBe(false)
    expect(running.has(unit('2.0.0'))).toBe(true)
    expect(await currentVersion(paths)).toBe('2.0.0')
  })

  it('leaves the previous version running where the new one does not become ready, and says why', async () => {
    const { host, paths, running, failing, unit } = await makeGatewayHost('1.0.0', '2.0.0')
    await activateInstalled(host, { version: '1.0.0' })
    const log = [
      JSON.stringify({ level: 30, msg: 'gateway listens' }),
      JSON.stringify({ level: 50, msg: 'Redis refuses', err: { message: 'WRONGPASS' } }),
    ]
    failing.set(unit('2.0.0'), { status: 'redis-refuses', log: log.join('\n') })
    const activating = activateInstalled(host, { version: '2.0.0' })
    const words = `gateway 2.0.0 did not become ready: ${unit('2.0.0')}: it was not ready in time; redis-refuses; Redis refuses: WRONGPASS`
    await expect(activating).rejects.toThrow(words)
    expect(running.has(unit('2.0.0'))).toBe(false)
    expect(running.has(unit('1.0.0'))).toBe(true)
    expect(await currentVersion(paths)).toBe('1.0.0')
    expect((await readHealth(host)).lines).toContain(`the last rollout failed: ${words}`)
    failing.clear()
    await activateInstalled(host, { version: '2.0.0' })
    expect((await readHealth(host)).lines.join()).not.toContain('failed:')
  })

  it.each([
    ['', 'b();'.repeat(10), '        ^'],
    ['file://', 'b();'.repeat(1000), ' '.repeat(1020)],
  ])(
    'says what an uncaught error says, without its source and its stack (%s)',
    async (scheme, source, mark) => {
      const { host, failing, unit } = await makeGatewayHost('1.0.0')
      const log = [
        `${scheme}/opt/naru/releases/1.0.0/gateway/main.mjs:1`,
        `${source}throw new Error('This is broken')`,
        mark,
        '',
        'Error: This is broken',
        '    at file:///opt/naru/releases/1.0.0/gateway/main.mjs:1:4096',
        '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
        '',
        'Node.js v24.21.0',
      ]
      failing.set(unit('1.0.0'), { status: '', log: log.join('\n') })
      await expect(activateInstalled(host, { version: '1.0.0' })).rejects.toThrow(
        new HostError(
          `gateway 1.0.0 did not become ready: ${unit('1.0.0')}: it was not ready in time; Error: This is broken`,
        ),
      )
    },
  )

  it('stops a new origin too where the gateway of its release does not become ready', async () => {
    const { host, paths, running, failing, configure, unit } = await makeGatewayHost('1.0.0', '2.0.0')
    configure('origin.env', '')
    const services: ServiceName[] = ['origin', 'gateway']
    await activate(host, { version: '1.0.0', services, files: new Map() })
    failing.set(unit('2.0.0'), { status: '', log: '' })
    await expect(activate(host, { version: '2.0.0', services, files: new Map() })).rejects.toThrow(
      'gateway 2.0.0',
    )
    expect([...running].filter((name) => name.includes('@')).toSorted()).toEqual([
      'naru-gateway@1.0.0.service',
      'naru-origin@1.0.0.service',
    ])
    expect(await currentVersion(paths)).toBe('1.0.0')
  })

  it('names every error in the configuration, and starts nothing with it', async () => {
    const { host, configureGateway, done } = await makeGatewayHost('1.0.0')
    configureGateway({ ORIGIN_URL: 'origin', PLACE_SECRET: 'short' })
    await expect(activateInstalled(host, { version: '1.0.0' })).rejects.toThrow(
      'The configuration of the gateway is not valid: ORIGIN_URL must be an http or https URL; PLACE_SECRET must be a text of 32 to 4096 characters',
    )
    expect(done).toEqual(['daemon-reload', 'daemon-reload'])
  })

  it('changes nothing where the migration fails', async () => {
    const { host, paths, running, done, unit } = await makeGatewayHost('1.0.0', '2.0.0')
    await activateInstalled(host, { version: '1.0.0' })
    const prepare = () => Promise.reject(new Error('a column is in the way'))
    const activating = activate(host, { version: '2.0.0', services: ['gateway'], files: new Map(), prepare })
    await expect(activating).rejects.toThrow('a column is in the way')
    expect(done).not.toContain(`start ${unit('2.0.0')}`)
    expect(running.has(unit('1.0.0'))).toBe(true)
    expect(await currentVersion(paths)).toBe('1.0.0')
  })

  it('restarts a running version for new credentials, and restores the previous ones where it fails', async () => {
    const { host, paths, failing, done, unit } = await makeGatewayHost('1.0.0')
    const secret = join(credentialsFolder(paths, 'gateway'), 'PLACE_SECRET')
    const apply = (value: string) =>
      activate(host, {
        version: '1.0.0',
        services: ['gateway'],
        files: new Map([
          [secret, secretFile(value)],
          [environmentFile(paths, 'gateway'), publicFile('')],
        ]),
      })
    await apply('first')
    expect(statSync(secret).mode & 0o777).toBe(0o600)
    done.length = 0
    await apply('first')
    expect(done.filter((each) => each.includes('@'))).toEqual([])
    failing.set(unit('1.0.0'), { status: '', log: '' })
    await expect(apply('second')).rejects.toThrow('did not become ready')
    expect(readFileSync(secret, 'utf8')).toBe('first\n')
    expect(done.filter((each) => each === `restart ${unit('1.0.0')}`)).toHaveLength(2)
  })

  it('keeps the two latest other releases for the way back', async () => {
    const versions = ['1.0.0', '2.0.0', '3.0.0', '4.0.0']
    const { host, paths } = await makeGatewayHost()
    for (const version of versions) {
      await writeRelease(releasesFolder(paths), { version })
      await activateInstalled(host, { version })
    }
    expect(readdirSync(releasesFolder(paths)).toSorted()).toEqual(['2.0.0', '3.0.0', '4.0.0'])
    await activateInstalled(host, { version: '2.0.0' })
    expect(await currentVersion(paths)).toBe('2.0.0')
  })

  it('is refused while another rollout is under way on the host', async () => {
    const { host } = await makeGatewayHost('1.0.0')
    await exclusively(host, async () => {
      await expect(activateInstalled(host, { version: '1.0.0' })).rejects.toThrow(
        'Another rollout is under way',
      )
    })
    await activateInstalled(host, { version: '1.0.0' })
  })

  it('is refused on a host without services', async () => {
    const { host } = makeTestHost()
    await expect(activateInstalled(host, { version: '1.0.0' })).rejects.toThrow('No service is installed')
  })
})

describe('a rollout', () => {
  it("hands over to the new release's own host program", async () => {
    const { host, printed, paths } = await makeGatewayHost()
    const source = await makeArchive({ version: '1.0.0', program: 'echo "activated by $0 $*"' })
    await rollout(host, source, { openObject: noObjects, args: ['activate'] })
    expect(printed).toContain(`activated by ${releasesFolder(paths)}/1.0.0/bin/naru activate`)
  })

  it('fails with the reason of the new host program', async () => {
    const { host } = await makeGatewayHost()
    const source = await makeArchive({
      version: '1.0.0',
      program: 'echo "naru: it was not ready" >&2; exit 1',
    })
    const rollingOut = rollout(host, source, { openObject: noObjects, args: ['activate'] })
    await expect(rollingOut).rejects.toThrow(/^it was not ready$/)
  })
})

describe('migrating on a host', () => {
  it("migrates with the migrator's credential, and not with the service's", async () => {
    const { url, drop } = await makeTestDatabase(inject('databaseUrl'))
    const { host, configure, printed } = makeTestHost()
    configure('origin.env', 'DATABASE_URL="mysql://nobody@127.0.0.1:2/none"\n')
    configure('credentials/migrator/DATABASE_URL', `${url}\n`)
    await migrateHost(host)
    expect(printed).toEqual(['migrating the database'])
    await drop()
  })

  it('retries while MySQL is not reachable, then says so in one line', async () => {
    const { host, configure, printed } = makeTestHost()
    configure('origin.env', 'DATABASE_URL="mysql://nobody@127.0.0.1:2/none"\n')
    await expect(migrateHost(host, { attemptsMax: 3, retryMs: 1 })).rejects.toThrow(
      'MySQL is not reachable: connect ECONNREFUSED 127.0.0.1:2',
    )
    expect(printed.filter((line) => line.startsWith('MySQL is not reachable yet'))).toHaveLength(2)
  })

  it('names the variable that is missing', async () => {
    const { host, configure } = makeTestHost()
    configure('origin.env', 'LOG_LEVEL=info\n')
    await expect(migrateHost(host)).rejects.toThrow('DATABASE_URL is not set for this host')
  })
})
