import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { makeFestival } from '../../../origin/catalogue/make-festival.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { replay } from '../../load/replay/replay.ts'
import { festivalOnSale } from '../../operate/seed/demo.ts'
import { writeBundles } from '../../release/bundles.ts'
import { ownArchitecture } from '../../release/packages.ts'
import { makeRelease } from '../../release/release.ts'
import { type Installation, install } from './installed.ts'
import type { Instance } from './socket-holder.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const [OLD, NEW] = ['0.1.0-old', '0.1.0-new']

useRedis()
const database = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'naru-services-'))
let installation: Installation
let origin: Instance
let gateway: Instance
let successor: string

/** Makes a release and unpacks it; its folder. */
async function unpack(): Promise<string> {
  const about = { version: OLD, commit: '0'.repeat(40), createdAt: new Date(0) }
  const archive = await makeRelease({ root: ROOT, out: folder, arch: ownArchitecture(), version: about })
  execFileSync('tar', ['-xzf', archive, '-C', folder])
  return join(folder, `naru-${OLD}`)
}

/** Another release, which has Node and the packages of the older one. */
async function makeSuccessor(older: string): Promise<string> {
  const release = join(folder, `naru-${NEW}`)
  mkdirSync(release)
  for (const part of ['bin', 'node_modules']) symlinkSync(join(older, part), join(release, part))
  await writeBundles({ folder: release, version: NEW })
  return release
}

beforeAll(async () => {
  const release = await unpack()
  successor = await makeSuccessor(release)
  const host = join(folder, 'host')
  mkdirSync(host)
  installation = await install(host, { redisUrl: redisUrl(), databaseUrl: database.url() })
  origin = await installation.start('origin', release)
  gateway = await installation.start('gateway', release)
})

afterAll(async () => {
  await installation?.close()
  rmSync(folder, { recursive: true })
})

async function read(service: 'gateway' | 'origin', path: string): Promise<Record<string, unknown>> {
  const response = await fetch(new URL(path, installation.internalUrl(service)))
  return (await response.json()) as Record<string, unknown>
}

const becomesReady = (instance: Instance, version: string) =>
  expect
    .poll(() => instance.told().split('\n'), { message: instance.logged() })
    .toContain(`READY=1 STATUS=${version}`)

it('tells systemd when the services of a release are ready, and names the release', async () => {
  await becomesReady(origin, OLD)
  await becomesReady(gateway, OLD)
  expect(await read('origin', '/healthz')).toEqual({ status: 'ok', service: 'origin', version: OLD })
  expect(await read('gateway', '/readyz')).toEqual({ status: 'ready', version: OLD, troubles: [] })
  const metrics = await (await fetch(new URL('/metrics', installation.internalUrl('gateway')))).text()
  expect(metrics).toContain(`naru_build_info{version="${OLD}",service="gateway"} 1`)
})

it('serves the pages’ static files in every encoding from what the build has made', async () => {
  const page = await (await fetch(installation.gatewayUrl)).text()
  const files = [...page.matchAll(/"(\/assets\/[^"#]+)/g)].map(([, path = '']) => path)
  expect(files.length).toBeGreaterThan(2)
  for (const path of files) {
    for (const encoding of ['br', 'gzip', 'identity']) {
      const headers = { 'accept-encoding': encoding }
      const response = await fetch(installation.gatewayUrl + path, { headers })
      expect([path, response.status]).toEqual([path, 200])
      expect(response.headers.get('content-encoding') ?? 'identity').toBe(encoding)
      expect((await response.text()).length).toBeGreaterThan(50)
    }
  }
})

it('sells tickets from a release, and refuses no connection while a newer release takes over', async () => {
  const id = `test-${randomUUID()}`
  const sale = festivalOnSale(id, Date.now(), { units: 100, ratePerSecond: 20, maxActive: 50 })
  await makeFestival({ db: database.db(), now: Date.now }, sale)
  const status = `${installation.gatewayUrl}/api/rooms/${id}/status`
  await expect.poll(() => everyWorkerKnows(status)).toBe(true)

  const polls = pollUntilStopped(status)
  const selling = replay({
    sale: Array.from({ length: 8 }, (_, second) => ({ second, reservations: 3 })),
    gatewayUrl: installation.gatewayUrl,
    festival: id,
    limits: { retryMsMax: 120_000 },
  })
  await takeOver()
  const report = await selling
  expect(report.errorExamples).toEqual([])
  expect(report).toMatchObject({ fans: 24, sold: 24, errors: 0 })
  const answers = await polls.stop()
  expect(answers.filter((answer) => answer !== 200)).toEqual([])
  expect(answers.length).toBeGreaterThan(50)
})

/** Connections go to the workers in turn. */
async function everyWorkerKnows(status: string): Promise<boolean> {
  return (await statusOf(status)) === 200 && (await statusOf(status)) === 200
}

/** Starts the newer release beside the older one, and ends that when the newer one is ready. */
async function takeOver(): Promise<void> {
  origin = await replace('origin', origin)
  gateway = await replace('gateway', gateway)
}

async function replace(service: 'gateway' | 'origin', previous: Instance): Promise<Instance> {
  const next = await installation.start(service, successor)
  await becomesReady(next, NEW)
  expect(await previous.stop()).toBe(0)
  expect(previous.told()).toMatch(/\nSTOPPING=1\n/)
  expect(await read(service, '/healthz')).toMatchObject({ version: NEW })
  return next
}

it('ends with status 0 when systemd stops the services', async () => {
  expect(await gateway.stop()).toBe(0)
  expect(await origin.stop()).toBe(0)
  expect(gateway.logged()).not.toContain('"level":50')
})

/** Requests one URL again and again, each time on a new connection. */
function pollUntilStopped(url: string): { stop: () => Promise<(number | string)[]> } {
  const answers: (number | string)[] = []
  let stopped = false
  const ended = (async () => {
    while (!stopped) answers.push(await statusOf(url))
  })()
  return {
    async stop() {
      stopped = true
      await ended
      return answers
    },
  }
}

function statusOf(url: string): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request(url, { agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    })
    sent.once('error', (error) => resolve(String(error))).end()
  })
}
