import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { makeTestDatabase } from '../../../drizzle/testing/database.ts'
import { readHealth } from '../health.ts'
import { currentVersion, releasesFolder } from '../rollout/releases.ts'
import { credentialsFolder, type HostPaths } from '../system/host.ts'
import { makePrivateKey, publicHalfOf } from '../system/keys.ts'
import { readServiceEnvironment } from '../system/service-environment.ts'
import { makeTestHost } from '../testing/host.ts'
import { createTestParameters } from '../testing/parameters.ts'
import { makeArchive, writeRelease } from '../testing/release.ts'
import { agreeOnKeys } from './agree.ts'
import { type AmazonDeps, applyOnAmazon, fetchOnAmazon } from './apply.ts'
import type { ParameterStore } from './parameters.ts'

const RELEASE = {
  version: '1.0.0',
  bucket: 'releases',
  key: 'releases/naru-linux-x64.tar.gz',
  sha256: '0'.repeat(64),
}
const GATEWAY = {
  GATEWAY_PUBLIC_URL: 'https://tickets.example.org',
  ORIGIN_URL: 'http://10.0.0.12:8081',
  REDIS_ADDRESS: 'redis.example.org:6379',
  PROXY_ADDRESS_HEADER: 'cloudfront-viewer-address',
  PROXY_STORE_ARN: 'arn:store',
}

function gatewayParameters(changes: Record<string, string | undefined> = {}) {
  const all: Record<string, string | undefined> = {
    release: JSON.stringify(RELEASE),
    'settings/gateway': JSON.stringify(GATEWAY),
    'shared/REDIS_PASSWORD': 'a password of redis',
    'public/SESSION_PUBLIC_KEYS': publicHalfOf(makePrivateKey()),
    ...changes,
  }
  return createTestParameters(
    Object.fromEntries(
      Object.entries(all).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
    ),
  )
}

async function makeHost(
  role: 'gateway' | 'origin',
  parameters: ParameterStore,
  changes: Partial<AmazonDeps> = {},
) {
  const made = makeTestHost()
  await writeRelease(releasesFolder(made.paths), { version: '1.0.0' })
  const proofs: unknown[] = []
  const deps: AmazonDeps = {
    place: { name: 'naru', region: 'ap-northeast-2', role, endpoints: {} },
    parameters,
    openObject: () => Promise.reject(new Error('no object is expected')),
    readMaster: () => Promise.reject(new Error('the master is not expected')),
    writeProof: async (proof) => void proofs.push(proof),
    patience: { attemptsMax: 2, everyMs: 1 },
    ...changes,
  }
  return {
    ...made,
    proofs,
    apply: (version = '1.0.0') => applyOnAmazon(made.host, deps, version),
    credential: (name: string) =>
      readFileSync(join(credentialsFolder(made.paths, role), name), 'utf8').trim(),
  }
}

describe('a gateway host on AWS', () => {
  it('makes its keys, publishes their public halves, and starts with what the parameters say', async () => {
    const { store, values } = gatewayParameters()
    const { apply, credential, paths, proofs, running } = await makeHost('gateway', store)
    await apply()
    for (const name of ['PASS_PRIVATE_KEY', 'SERVICE_PRIVATE_KEY', 'PLACE_SECRET', 'PROXY_SECRET']) {
      expect(values.get(`gateway/keys/${name}`)).toEqual({ text: credential(name), secret: true })
    }
    const published = values.get('public/PASS_PUBLIC_KEYS')
    expect(published).toEqual({ text: publicHalfOf(credential('PASS_PRIVATE_KEY')), secret: false })
    expect(proofs).toEqual([{ store: 'arn:store', proof: credential('PROXY_SECRET') }])
    expect(credential('REDIS_URL')).toBe('rediss://:a%20password%20of%20redis@redis.example.org:6379')
    const environment = readFileSync(join(paths.etc, 'gateway.env'), 'utf8')
    expect(environment).toContain('ORIGIN_URL="http://10.0.0.12:8081"\n')
    expect(environment).not.toMatch(/REDIS|PRIVATE|SECRET|ARN/)
    expect(running).toContain('naru-gateway@1.0.0.service')
    expect(await currentVersion(paths)).toBe('1.0.0')
  })

  it('agrees on one set of keys with another one that starts at the same time', async () => {
    const { store, values } = gatewayParameters()
    const [first, second] = [await makeHost('gateway', store), await makeHost('gateway', store)]
    await Promise.all([first.apply(), second.apply()])
    for (const name of ['PASS_PRIVATE_KEY', 'SERVICE_PRIVATE_KEY', 'PLACE_SECRET', 'PROXY_SECRET']) {
      expect(first.credential(name)).toBe(second.credential(name))
    }
    expect(values.get('public/PASS_PUBLIC_KEYS')?.text).toBe(
      publicHalfOf(first.credential('PASS_PRIVATE_KEY')),
    )
  })

  it('changes nothing and restarts nothing when it is applied again', async () => {
    const { store } = gatewayParameters()
    const { apply, credential, done } = await makeHost('gateway', store)
    await apply()
    const key = credential('PASS_PRIVATE_KEY')
    done.length = 0
    await apply()
    expect(credential('PASS_PRIVATE_KEY')).toBe(key)
    expect(done.filter((each) => each.includes('@'))).toEqual([])
  })

  it('gives the CDN a new secret only once the gateway that runs has it', async () => {
    const { store, values } = gatewayParameters()
    const { apply, failing, proofs } = await makeHost('gateway', store)
    await apply()
    const [old, ...others] = proofs
    expect(others).toEqual([])
    const before = values.get('gateway/keys/PROXY_SECRET')?.text
    const text = `${'n'.repeat(32)}, ${before}`
    values.set('gateway/keys/PROXY_SECRET', { text, secret: true })
    failing.set('naru-gateway@1.0.0.service', { status: 'redis-refuses', log: '' })
    await expect(apply()).rejects.toThrow('redis-refuses')
    expect(proofs).toEqual([old])
    failing.clear()
    await apply()
    expect(proofs).toEqual([old, { store: 'arn:store', proof: 'n'.repeat(32) }])
  })

  it.each([
    ['release', 'The parameter release is missing: Terraform writes it'],
    ['settings/gateway', 'The parameter settings/gateway is missing: Terraform writes it'],
    ['shared/REDIS_PASSWORD', 'The parameter shared/REDIS_PASSWORD is missing'],
    [
      'public/SESSION_PUBLIC_KEYS',
      'The parameter public/SESSION_PUBLIC_KEYS is missing: no origin host has written it',
    ],
  ])('starts nothing without the parameter %s, and its health says why', async (name, words) => {
    const { host, apply, running, paths } = await makeHost(
      'gateway',
      gatewayParameters({ [name]: undefined }).store,
    )
    await expect(apply()).rejects.toThrow(words)
    expect([...running]).toEqual([])
    expect(existsSync(join(paths.etc, 'gateway.env'))).toBe(false)
    expect((await readHealth(host)).lines).toContain(`the last rollout failed: ${words}`)
  })

  it('fetches another release than its own, whose program continues', async () => {
    const { archive, sha256 } = await makeArchive({ version: '2.0.0', program: 'echo "$0 $*"' })
    const release = JSON.stringify({ ...RELEASE, version: '2.0.0', sha256, versionId: 'v7' })
    const opened: unknown[] = []
    const { apply, printed, paths } = await makeHost('gateway', gatewayParameters({ release }).store, {
      openObject: async (object) => {
        opened.push(object)
        return createReadStream(archive)
      },
    })
    await apply()
    expect(opened).toEqual([{ bucket: 'releases', key: RELEASE.key, versionId: 'v7' }])
    expect(printed).toContain(`${releasesFolder(paths)}/2.0.0/bin/naru aws apply`)
  })

  it('fetches a release ahead, beside the one that goes on running', async () => {
    const { archive, sha256 } = await makeArchive({ version: '2.0.0' })
    const { store, values } = gatewayParameters()
    const { host, apply, paths, running, done } = await makeHost('gateway', store)
    await apply()
    const release = JSON.stringify({ ...RELEASE, version: '2.0.0', sha256 })
    values.set('release', { text: release, secret: false })
    done.length = 0
    const openObject = async () => createReadStream(archive)
    for (let time = 0; time < 2; time += 1) await fetchOnAmazon(host, { parameters: store, openObject })
    expect(existsSync(join(releasesFolder(paths), '2.0.0/manifest.json'))).toBe(true)
    expect([done, await currentVersion(paths)]).toEqual([[], '1.0.0'])
    expect(running).toContain('naru-gateway@1.0.0.service')
  })

  it('refuses an archive that is another release than the parameter says', async () => {
    const { archive, sha256 } = await makeArchive({ version: '3.0.0' })
    const release = JSON.stringify({ ...RELEASE, version: '2.0.0', sha256 })
    const { apply } = await makeHost('gateway', gatewayParameters({ release }).store, {
      openObject: async () => createReadStream(archive),
    })
    await expect(apply()).rejects.toThrow('is the release 3.0.0, not 2.0.0: it is not installed')
  })
})

describe('an origin host on AWS', () => {
  it('publishes the public halves of all keys for sessions, while one replaces another', async () => {
    const [earlier, newer, published] = [makePrivateKey(), makePrivateKey(), publicHalfOf(makePrivateKey())]
    const { store, values } = createTestParameters({
      'origin/keys/SESSION_PRIVATE_KEY': `${earlier},${newer}`,
      'public/SESSION_PUBLIC_KEYS': [publicHalfOf(earlier), published].join(','),
    })
    await agreeOnKeys(store, 'origin')
    expect(values.get('public/SESSION_PUBLIC_KEYS')?.text).toBe(
      [publicHalfOf(newer), publicHalfOf(earlier), published].join(','),
    )
  })

  it('creates users of the database with just their rights, migrates, and starts', async () => {
    const server = new URL(inject('databaseUrl'))
    const { url, drop } = await makeTestDatabase(server.href)
    const name = new URL(url).pathname.slice(1)
    const address = await listenFor(server)
    const settings = {
      GATEWAY_PUBLIC_URL: 'https://tickets.example.org',
      PAYMENT_PROVIDER: 'sandbox',
      PROVIDER_URL: 'http://127.0.0.1:8090',
      REDIS_ADDRESS: 'redis.example.org:6379,',
      DATABASE_ADDRESS: address,
      DATABASE_NAME: name,
      DATABASE_MASTER_SECRET_ARN: 'arn:master',
    }
    const { store, values } = createTestParameters({
      release: JSON.stringify(RELEASE),
      'settings/origin': JSON.stringify(settings),
      'shared/REDIS_PASSWORD': 'secret',
      'public/PASS_PUBLIC_KEYS': publicHalfOf(makePrivateKey()),
      'public/SERVICE_PUBLIC_KEYS': publicHalfOf(makePrivateKey()),
      'origin/secrets/EMAIL_URL': 'smtps://user:secret@mail.example.org',
      'origin/secrets/EMAIL_FROM': 'tickets@example.org',
    })
    const masters: string[] = []
    const { apply, credential, running, paths } = await makeHost('origin', store, {
      readMaster: async (arn) => {
        masters.push(arn)
        return { user: decodeURIComponent(server.username), password: decodeURIComponent(server.password) }
      },
    })
    await apply()
    await apply()
    expect(masters).toEqual(['arn:master'])
    expect(running).toContain('naru-origin@1.0.0.service')
    expect(credential('REDIS_URL')).toBe('rediss://:secret@redis.example.org:6379,')
    expect(credential('EMAIL_URL')).toBe('smtps://user:secret@mail.example.org')
    const password = values.get('origin/database/ORIGIN_PASSWORD')?.text
    expect(credential('DATABASE_URL')).toBe(`mysql://naru_origin:${password}@${address}/${name}`)
    expect(Object.keys(await readServiceEnvironment(paths, 'origin'))).not.toContain('MIGRATOR_PASSWORD')
    const rights = async (user: 'origin' | 'migrator') => {
      const connection = await createConnection(urlOfUser(paths, user))
      const [rows] = await connection.query(`show grants`)
      await connection.end()
      return JSON.stringify(rows)
    }
    expect(await rights('origin')).toContain(`GRANT SELECT, INSERT, UPDATE, DELETE ON \`${name}\`.*`)
    expect(await rights('migrator')).toContain('CREATE, DROP, REFERENCES, INDEX, ALTER')
    const admin = await createConnection(server.href)
    await admin.query('drop user naru_origin, naru_migrator')
    await admin.end()
    await drop()
  })
})

const urlOfUser = (paths: HostPaths, user: 'origin' | 'migrator') =>
  readFileSync(join(credentialsFolder(paths, user), 'DATABASE_URL'), 'utf8').trim()

/** An address by TCP of the tests' server, which listens on a Unix socket. */
async function listenFor(server: URL): Promise<string> {
  const path = server.searchParams.get('socketPath')
  if (path === null) return server.host
  const proxy = createServer((client) => {
    const upstream = connect(path)
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  return `127.0.0.1:${(proxy.address() as AddressInfo).port}`
}
