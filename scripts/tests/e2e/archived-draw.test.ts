import { randomBytes, randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { festivals, rooms } from '../../../drizzle/schema/catalogue.ts'
import { makeFestival } from '../../../origin/catalogue/make-festival.ts'
import { readArchivedStats } from '../../../origin/reports/archived-stats.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { festivalOnSale } from '../../operate/seed/demo.ts'
import { fetchDraw, fetchLog } from '../../operate/verify-draw/fetch-draw.ts'
import { verifyDraw } from '../../operate/verify-draw/verify.ts'
import { call as callAt } from './http.ts'
import { useSystem } from './use-system.ts'

const HOUR_MS = 3_600_000
const ENTRIES = 21
/** Entries whose index is a multiple of this take part. */
const EVERY = 4
const TIMEOUT_MS = 300_000

const { redis } = useRedis()
const system = useSystem()

const call = (method: string, path: string, body?: object) =>
  callAt(system().gatewayUrl, method, path, body === undefined ? {} : { body })
const statusOf = async (room: string) => (await call('GET', `/api/rooms/${room}/status`)).body

/** As for an organiser's change: origins notice the new version. */
async function change(room: string, values: { opensAt?: Date; closesAt?: Date }): Promise<void> {
  await system()
    .db.update(rooms)
    .set({ ...values, version: sql`${rooms.version} + 1` })
    .where(eq(rooms.id, room))
}

/** Creates a room in its lobby, with entries; returns their keys in order of arrival. */
async function fillLobby(room: string, drawVersion: 1 | 2): Promise<string[]> {
  const sale = festivalOnSale(room, Date.now(), { units: 100, ratePerSecond: 100, maxActive: 50 })
  const opensAt = new Date(Date.now() + HOUR_MS)
  const drawn = { ...sale, published: false, room: { ...sale.room, order: 'draw' as const, opensAt } }
  await makeFestival({ db: system().db, now: Date.now }, drawn)
  await system().db.update(rooms).set({ drawVersion }).where(eq(rooms.id, room))
  await system().db.update(festivals).set({ published: true }).where(eq(festivals.id, room))
  await expect.poll(async () => (await statusOf(room))['phase']).toBe('lobby')
  const keys = Array.from({ length: ENTRIES }, () => randomBytes(16).toString('base64url'))
  for (const key of keys) expect((await call('POST', `/api/rooms/${room}/entries`, { key })).status).toBe(201)
  if (drawVersion === 2) {
    for (let index = 0; index < ENTRIES; index += EVERY)
      await redis().setbit(roomKeys(room).participants, index, 1)
  }
  return keys
}

async function archive(room: string): Promise<void> {
  await change(room, { closesAt: new Date(Date.now() - 2 * HOUR_MS) })
  const archivedAt = async () => {
    const [row] = await system().db.select().from(rooms).where(eq(rooms.id, room))
    return row?.archivedAt
  }
  await expect.poll(archivedAt).toBeInstanceOf(Date)
  // An archived room has no tickets for sale: from then on the gateway serves it without Redis.
  const isKnown = async () => {
    const types = (await statusOf(room))['ticketTypes'] as { availability: string }[]
    return types.every(({ availability }) => availability === 'none')
  }
  await expect.poll(isKnown).toBe(true)
  const keys = roomKeys(room)
  expect(await redis().exists(keys.settings)).toBe(0)
  await redis().del(keys.entries)
  await redis().del(keys.participants)
}

it.each([2, 1] as const)(
  'M11: a draw of version %i is published by its archived room as it was before, and verifies the same',
  { timeout: TIMEOUT_MS },
  async (version) => {
    const room = `test-${randomUUID()}`
    const url = `${system().gatewayUrl}/api/rooms/${room}`
    const keys = await fillLobby(room, version)
    await change(room, { opensAt: new Date(Date.now() - 1000) })
    await expect.poll(async () => (await fetchDraw(url)).drawn).toBe(true)

    const published = async () => {
      const draw = await fetchDraw(url)
      if (!draw.drawn) throw new Error('the draw was made')
      return await fetchLog(url, draw)
    }
    const known = { room, entryKey: keys[EVERY] ?? '' }
    const before = await published()
    const json = (await call('GET', `/api/rooms/${room}/draw`)).body
    const findings = verifyDraw(before, known)
    expect(findings).toMatchObject({ honest: true, version, lobbyEntries: ENTRIES })
    expect(findings.entry?.places).toMatchObject([{ index: EVERY, takesPart: true }])

    await archive(room)
    expect((await call('GET', `/api/rooms/${room}/draw`)).body).toEqual(json)
    const after = await published()
    expect(after).toEqual(before)
    expect(verifyDraw(after, known)).toEqual(findings)
    const page = await fetch(`${system().gatewayUrl}/festivals/${room}/draw`)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain(`--commitment ${before.commitment}`)
    expect(await readArchivedStats(system().db, room)).toMatchObject({
      draw: { participants: version === 1 ? 0 : findings.participants },
    })
  },
)
