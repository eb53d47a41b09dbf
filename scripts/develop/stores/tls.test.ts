import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { connectionTo } from '../../../drizzle/connection.ts'
import { createDatabaseProbe } from '../../../drizzle/database-probe.ts'
import { checkDatabase } from '../../../origin/heartbeat/check-database.ts'
import { createRedis } from '../../../shared/redis/client.ts'
import { readRedisPlace } from '../../../shared/redis/url.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { startDatabase } from './database.ts'
import { findFreePorts } from './free-ports.ts'
import { becomeReady, type RunningProcess, startProcess } from './process.ts'
import { findRedis } from './programs.ts'
import type { PrivateStore } from './redis.ts'

const { env } = process
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
const PASSWORD = 'a-password'

let folder: string
let tls: { certificate: string; key: string }
const inFolder = (name: string) => join(folder, name)

/** An authority of our own, another one, and a certificate of the first for `localhost`. */
function makeCertificates(): void {
  const make = (...args: string[]) =>
    execFileSync('openssl', ['req', '-x509', ...KEY, ...args], { stdio: 'pipe' })
  for (const name of ['ca', 'other']) {
    make('-subj', `/CN=${name}`, '-keyout', inFolder(`${name}.key`), '-out', inFolder(`${name}.pem`))
  }
  tls = { certificate: inFolder('server.pem'), key: inFolder('server.key') }
  make(
    ...['-CA', inFolder('ca.pem'), '-CAkey', inFolder('ca.key'), '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-keyout', tls.key, '-out', tls.certificate],
  )
  writeFileSync(inFolder('empty.pem'), '')
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'naru-test-'))
  makeCertificates()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const caOf = (name: string) => `ca=${encodeURIComponent(inFolder(name))}`

describe('MySQL with TLS', () => {
  let store: PrivateStore
  let without: PrivateStore
  beforeAll(async () => {
    const stores = await Promise.all([
      startDatabase({ env, durable: false, tls }),
      startDatabase({ env, durable: false }),
    ])
    ;[store, without] = stores
  })
  afterAll(() => Promise.all([store, without].map((each) => each.stop())))

  /** The URL of a store by another host name, since a certificate is checked by that of the URL. */
  const urlOf = ({ url }: PrivateStore, ca: string, host = 'localhost') =>
    `${url.replace('@localhost', `@${host}`)}&${caOf(ca)}`

  async function cipherOf(url: string): Promise<string> {
    const connection = await createConnection(connectionTo(url))
    onTestFinished(() => connection.destroy())
    const [rows] = await connection.query("show status like 'Ssl_cipher'")
    return JSON.stringify(rows)
  }

  it('is connected to by TLS when a file of certificates signs its own', async () => {
    expect(await cipherOf(urlOf(store, 'ca.pem'))).toMatch(/"Value":"TLS_/)
    expect(await cipherOf(store.url)).toMatch(/"Value":""/)
  })

  it.each([
    [
      'another authority',
      () => urlOf(store, 'other.pem'),
      /self.signed certificate|unable to verify|unable to get/,
    ],
    [
      'another host name',
      () => urlOf(store, 'ca.pem', 'db.naru.test'),
      /Hostname\/IP does not match certificate/,
    ],
  ])('is refused with %s, and the readiness says why', async (_, url, message) => {
    await expect(cipherOf(url())).rejects.toThrow(message)
    const probe = createDatabaseProbe({ url: url() })
    const [trouble, ...others] = await checkDatabase(probe).run()
    expect(others).toEqual([])
    expect(trouble).toMatchObject({ code: 'mysql-tls', detail: expect.stringMatching(message), stops: true })
  })

  it('is refused when it has no TLS', async () => {
    const hasNone = store.name === 'MariaDB'
    // MySQL makes a certificate of its own at its first start, which no authority of ours has signed.
    const message = hasNone ? /does not support secure connection/ : /self.signed certificate/
    await expect(cipherOf(urlOf(without, 'ca.pem'))).rejects.toThrow(message)
  })

  it('is not even asked by an address, which mysql2 does not compare with the certificate', () => {
    for (const host of ['127.0.0.1', '[::1]']) {
      const url = urlOf(store, 'ca.pem', host)
      expect(() => connectionTo(url)).toThrow('must have the name of its host, not an address')
    }
  })

  it.each([
    ['does not exist', 'nowhere.pem', /nowhere\.pem cannot be read/],
    ['has no certificate', 'empty.pem', /empty\.pem contains no certificate/],
  ])('is not even asked when the file of certificates %s', (_, name, message) => {
    const url = `mysql://naru:secret@localhost/naru?${caOf(name)}`
    expect(() => connectionTo(url)).toThrow(message)
    expect(() => connectionTo(url)).not.toThrow(/secret/)
  })
})

describe('Redis with TLS', () => {
  let server: RunningProcess
  let encryptedPort: number
  let plainPort: number
  beforeAll(async () => {
    const [first = 0, second = 0] = await findFreePorts('127.0.0.1', 2)
    encryptedPort = first
    plainPort = second
    const program = await findRedis(env)
    if (program === undefined) throw new Error('There is no redis-server')
    const options = {
      ...{
        port: plainPort,
        'tls-port': encryptedPort,
        bind: '127.0.0.1 -::1',
        dir: folder,
        save: '',
        requirepass: PASSWORD,
      },
      ...{ 'tls-cert-file': tls.certificate, 'tls-key-file': tls.key, 'tls-auth-clients': 'no' },
    }
    const args = Object.entries(options).flatMap(([name, value]) => [
      `--${name}`,
      ...(name === 'bind' ? String(value).split(' ') : [String(value)]),
    ])
    const logFile = inFolder('redis.log')
    server = await startProcess({
      name: 'Redis',
      command: program.path,
      args,
      env: { PATH: env['PATH'] },
      logFile,
    })
    await becomeReady(server, {
      isReady: async () => (await ping(urlOf('ca.pem'))) === 'PONG',
      timeoutMs: 60_000,
      logFile,
    })
  })
  afterAll(() => server.stop())

  const urlOf = (ca: string, { port = encryptedPort, host = 'localhost' } = {}) =>
    `rediss://:${PASSWORD}@${host}:${port}?${caOf(ca)}`

  /** The reply, or else the reason that the connection's error gives. */
  async function ping(url: string): Promise<string> {
    const redis = createRedis({ url, name: 'test', log: createLogger('test', 'silent') })
    const reason = new Promise<string>((resolve) => redis.once('error', ({ message }) => resolve(message)))
    try {
      return await Promise.race([
        redis.connect().then(
          () => redis.ping(),
          () => reason,
        ),
        reason,
      ])
    } finally {
      redis.disconnect()
    }
  }

  it('is connected to when a file of certificates signs its own', async () => {
    expect(await ping(urlOf('ca.pem'))).toBe('PONG')
  })

  it.each([
    ['another authority', () => urlOf('other.pem'), /self.signed certificate|unable to verify|unable to get/],
    [
      'the public authorities',
      () => urlOf('ca.pem').replace(/\?.*/, ''),
      /self.signed certificate|unable to verify|unable to get/,
    ],
    [
      'an address that the certificate does not name',
      () => urlOf('ca.pem', { host: '127.0.0.1' }),
      /does not match certificate/,
    ],
    ['a port without TLS', () => urlOf('ca.pem', { port: plainPort }), /wrong version number|ETIMEDOUT/],
  ])('is refused with %s', async (_, url, message) => {
    expect(await ping(url())).toMatch(message)
  })

  it('has the same certificates for all nodes of a cluster', () => {
    const first = urlOf('ca.pem')
    expect(readRedisPlace(`${first},rediss://:${PASSWORD}@other.test:6380`)).toMatchObject({
      ...{ kind: 'cluster', encrypted: true, ca: expect.stringContaining('BEGIN CERTIFICATE') },
      nodes: [
        { host: 'localhost', port: encryptedPort },
        { host: 'other.test', port: 6380 },
      ],
    })
  })

  it.each([
    ['does not exist', `rediss://:secret@localhost?ca=/nowhere.pem`, /nowhere\.pem cannot be read/],
    ['is for a connection without TLS', () => urlOf('ca.pem').replace('rediss', 'redis'), /rediss:\/\/ only/],
  ])('is not even asked when the file of certificates %s', (_, given, message) => {
    const url = typeof given === 'string' ? given : given()
    expect(() => readRedisPlace(url)).toThrow(message)
    expect(() => readRedisPlace(url)).not.toThrow(/secret/)
  })
})
