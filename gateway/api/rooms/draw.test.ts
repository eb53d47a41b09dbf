import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ORIGINS_KEY } from '../../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../../shared/testing/redis.ts'
import { entryHash } from '../../room/entry.ts'
import { createTestGateway, makeGatewayKeys } from '../../testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
let gateway: ReturnType<typeof createTestGateway>
const HOUR_MS = 3_600_000
const FANS = 5

beforeAll(async () => {
  gateway = createTestGateway(redis(), 'http://127.0.0.1:9', keys)
  await redis().originHeartbeat(ORIGINS_KEY, 'test', 1000)
})

afterAll(() => gateway.origin.close())

async function call(method: string, path: string, body?: object) {
  const response = await gateway.app.request(`/api/rooms/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return { status: response.status, bytes, json: isJson ? JSON.parse(bytes.toString()) : undefined }
}

/** A room whose lobby has some entries, and which then opens and makes its draw. */
async function drawnRoom(drawVersion: number) {
  const settings = { order: 'draw', drawSecret: randomBytes(32).toString('hex'), drawVersion } as const
  const room = await publishTestRoom(redis(), { settings: { ...settings, opensAt: Date.now() + HOUR_MS } })
  await gateway.snapshots.refresh([room])
  const fans = Array.from({ length: FANS }, () => randomBytes(16))
  for (const key of fans) {
    const entered = await call('POST', `${room}/entries`, { key: key.toString('base64url') })
    expect(entered.status).toBe(201)
  }
  await publishTestRoom(redis(), { room, settings: { ...settings, version: 2 } })
  await expect
    .poll(async () => {
      await gateway.snapshots.refresh([room])
      return (await call('GET', `${room}/draw`)).json
    })
    .toMatchObject({ drawn: true, version: drawVersion })
  return { room, fans }
}

describe('C1: a thief who posts everything that a draw has published', () => {
  it.each([1, 2])('gets no other fan’s place in a room of draw version %i', async (version) => {
    const { room } = await drawnRoom(version)
    const draw = (await call('GET', `${room}/draw`)).json as Record<string, unknown>
    const status = (await call('GET', `${room}/status`)).json as Record<string, unknown>
    const log = (await call('GET', `${room}/draw/entries`)).bytes
    expect(log).toHaveLength(FANS * 16)
    const published = [
      ...Array.from({ length: FANS }, (_, index) => log.subarray(index * 16, index * 16 + 16)),
      ...hexIn(JSON.stringify([draw, status])).flatMap((bytes) => [
        bytes.subarray(0, 16),
        bytes.subarray(-16),
      ]),
    ]
    for (const bytes of published) {
      const answer = await call('POST', `${room}/entries`, { key: bytes.toString('base64url') })
      if (answer.status === 409) expect(answer.json).toMatchObject({ code: 'entry-drawn' })
      // A new place, behind all who were there.
      else expect(answer.json.index).toBeGreaterThanOrEqual(FANS)
    }
  })

  it('gets nothing with a key that its fan has published as a proof either', async () => {
    const { room, fans } = await drawnRoom(2)
    const [key = randomBytes(16)] = fans
    const log = (await call('GET', `${room}/draw/entries`)).bytes
    expect(log.subarray(0, 16)).toEqual(entryHash(key))
    expect(await call('POST', `${room}/entries`, { key: key.toString('base64url') })).toMatchObject({
      status: 409,
      json: { code: 'entry-drawn' },
    })
  })
})

/** Every run of hexadecimal digits long enough to be cut into a key. */
function hexIn(text: string): Buffer[] {
  return (text.match(/[0-9a-f]{32,}/g) ?? []).map((hex) => Buffer.from(hex, 'hex'))
}
