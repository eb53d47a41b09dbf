import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ArchivedFestival, ArchivedRoom, Catalogue, Festival } from '../shared/catalogue.ts'
import { testFestival } from '../shared/testing/catalogue.ts'
import { publishTestRoom, useRedis } from '../shared/testing/redis.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from './testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const LOG = randomBytes(64)
const SECRET = 'ab'.repeat(32)
const SEED = 'cd'.repeat(32)
const PAST = Date.now() - 30 * 86_400_000

let open: string
let isUnavailable = false
let nowMs = Date.now()
/** The origin's requested paths, except the catalogue itself. */
let asked: string[] = []
let gateway: TestGateway

function festivalOf(id: string, atMs = PAST): Festival {
  const at = new Date(atMs).toISOString()
  const room = { id, order: 'draw' as const, lobbyAt: at, opensAt: at, closesAt: at }
  return testFestival(id, { at, name: `Name of ${id}`, room })
}

function archivedOf(room: string): ArchivedRoom {
  return {
    room,
    settings: {
      ...{ epoch: '2', restored: '', order: 'draw', drawSecret: SECRET, drawVersion: 2, ratePerSecond: 5 },
      ...{ lobbyAt: PAST, opensAt: PAST, closesAt: PAST, proofOfWork: 0, noticeKo: '', noticeEn: 'Thanks' },
    },
    epoch: 2,
    ticketTypes: [7],
    entries: 4,
    serving: 3,
    draw: JSON.stringify({
      ...{ lobbyEntries: '4', participants: '2', logHash: SEED, participantsHash: SEED, closedAt: '1' },
      ...{ signature: '', seed: SEED },
    }),
  }
}

beforeAll(async () => {
  open = await publishTestRoom(redis())
  const standIn = new Hono()
  const catalogue: Catalogue = {
    festivals: [festivalOf(open, Date.now()), festivalOf('to-come', Date.now() + 86_400_000)],
    archived: [archivedOf('to-come')],
  }
  standIn.use(async (c, next) => {
    if (isUnavailable) return c.text('unavailable', 503)
    return await next()
  })
  standIn.get('/api/catalogue', (c) => c.json(catalogue))
  standIn.get('/api/catalogue/:id/drawn/:part/:chunk', (c) => {
    const { id, part, chunk } = c.req.param()
    asked.push(`${id}/${part}/${chunk}`)
    // Two chunks of a log; the second of some is missing.
    const log = chunk === '0' ? LOG.subarray(0, 48) : id.endsWith('torn') ? undefined : LOG.subarray(48)
    const content = part === 'entries' ? log : Buffer.of(0b1010_0000)
    return content === undefined ? c.json({ code: 'not-found' }, 404) : c.body(new Uint8Array(content))
  })
  standIn.get('/api/catalogue/:id', (c) => {
    const id = c.req.param('id')
    asked.push(id)
    if (!id.startsWith('long-ago')) return c.json({ code: 'not-found' }, 404)
    return c.json({ festival: festivalOf(id), archived: archivedOf(id) } satisfies ArchivedFestival)
  })
  gateway = await openTestGateway(redis(), standIn, keys, { now: () => nowMs })
  await gateway.festivals.refresh()
})

beforeEach(() => {
  asked = []
  isUnavailable = false
})

afterAll(() => gateway.close())

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await gateway.app.request(path, { headers })
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}
const json = async (path: string) => {
  const { status, bytes } = await get(path)
  return { status, body: JSON.parse(bytes.toString()) as Record<string, unknown> }
}

describe.each(['to-come', 'long-ago-1'])('the archived room of a festival (M11): %s', (id) => {
  it('returns its final status, with an ETag', async () => {
    const path = `/api/rooms/${id}/status`
    expect(await json(path)).toMatchObject({
      status: 200,
      body: {
        ...{ room: id, phase: 'closed', entries: 4, serving: 3, stale: false, notice: { en: 'Thanks' } },
        ticketTypes: [{ type: 7, availability: 'none' }],
      },
    })
    const etag = (await get(path)).headers.get('etag') ?? ''
    expect((await get(path, { 'if-none-match': etag })).status).toBe(304)
  })

  it('returns its draw and the entries that it was made from', async () => {
    expect(await json(`/api/rooms/${id}/draw`)).toMatchObject({
      status: 200,
      body: { drawn: true, lobbyEntries: 4, seed: SEED, secret: SECRET },
    })
    const { status, bytes } = await get(`/api/rooms/${id}/draw/entries`)
    expect(status).toBe(200)
    expect(bytes.equals(LOG)).toBe(true)
    expect([...(await get(`/api/rooms/${id}/draw/participants`)).bytes]).toEqual([0b1010_0000])
  })

  it('shows its pages: festival, room and draw', async () => {
    for (const page of ['', '/room', '/draw']) {
      const { status, bytes } = await get(`/festivals/${id}${page}`, { 'accept-language': 'en' })
      expect(status).toBe(200)
      expect(bytes.toString()).toContain(`Name of ${id}`)
    }
    expect((await json(`/api/festivals/${id}`)).body).toMatchObject({ id })
  })

  it('returns 409 to entries and claims, because it is closed', async () => {
    for (const path of ['entries', 'claims']) {
      const response = await gateway.app.request(`/api/rooms/${id}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key: randomBytes(16).toString('base64url') }),
      })
      expect(response.status).toBe(409)
      expect(await response.json()).toMatchObject({ code: 'room-not-open', phase: 'closed' })
    }
  })
})

describe('the inputs of an archived room’s draw (M11)', () => {
  const ENTRIES = '/api/rooms/long-ago-drawn/draw/entries'

  it('are requested from the origin chunk by chunk, once for many who verify the draw', async () => {
    await get('/api/festivals/long-ago-drawn')
    asked = []
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(ENTRIES)))
    for (const { bytes } of answers) expect(bytes.equals(LOG)).toBe(true)
    expect(asked).toEqual(['long-ago-drawn/entries/0', 'long-ago-drawn/entries/1'])
  })

  it('are served from memory while the origin is unavailable, or else as an uncacheable 503', async () => {
    await get('/api/festivals/long-ago-away')
    await get(ENTRIES)
    isUnavailable = true
    expect((await get(ENTRIES)).bytes.equals(LOG)).toBe(true)
    for (const part of ['entries', 'participants']) {
      const { status, headers } = await get(`/api/rooms/long-ago-away/draw/${part}`)
      expect(status).toBe(503)
      expect(headers.get('retry-after')).not.toBeNull()
      expect(headers.get('cache-control') ?? '').not.toContain('immutable')
    }
  })

  it('are cut off with an error when a chunk is missing', async () => {
    await get('/api/festivals/long-ago-torn')
    await expect(get('/api/rooms/long-ago-torn/draw/entries')).rejects.toThrow()
  })
})

describe('festivals that are over (M11)', () => {
  it('are not on the home page, unless a sale is still to come', async () => {
    await get('/festivals/long-ago-1')
    const front = (await get('/', { 'accept-language': 'en' })).bytes.toString()
    expect(front).toContain('Name of to-come')
    expect(front).not.toContain('long-ago')
  })

  it('are not refreshed: only rooms that are in Redis are read', async () => {
    await get('/festivals/long-ago-1')
    expect(gateway.festivals.openRooms()).toEqual([open])
  })

  it('are requested from the origin once a minute, however many visitors view them', async () => {
    nowMs += 61_000
    await Promise.all(Array.from({ length: 50 }, () => get('/festivals/long-ago-2')))
    await get('/api/rooms/long-ago-2/status')
    expect(asked).toEqual(['long-ago-2'])
  })

  it('include no unknown ID: it returns 404, and is requested from the origin once', async () => {
    for (let n = 0; n < 5; n += 1) expect((await json('/api/festivals/none-such')).status).toBe(404)
    expect(asked).toEqual(['none-such'])
    expect((await get('/festivals/NOT_AN_ID')).status).toBe(404)
    expect(asked).toEqual(['none-such'])
  })

  it('are shown from memory while the origin is unavailable, and others return 503, not 404', async () => {
    await get('/festivals/long-ago-3')
    nowMs += 61_000
    isUnavailable = true
    expect((await get('/festivals/long-ago-3')).status).toBe(200)
    const unknown = await get('/api/festivals/long-ago-4')
    expect(unknown.status).toBe(503)
    expect(unknown.headers.get('retry-after')).not.toBeNull()
    expect((await get(`/festivals/${open}`)).status).toBe(200)
  })
})

it('never publishes the secret of a draw that was not made', async () => {
  const { body } = await json('/api/festivals')
  expect(JSON.stringify(body)).not.toContain(SECRET)
})
