import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/sha'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChallengeSchema } from '../../../shared/api/entries.ts'
import { type Listening, listen } from '../../../shared/http/listen.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { publishTestRoom, type TestSettings, useRedis } from '../../../shared/testing/redis.ts'
import { entryHash } from '../../room/entry.ts'
import { createTestGateway, makeGatewayKeys } from '../../testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
type Gateway = ReturnType<typeof createTestGateway> & { server: Listening }
/** Trusts this host as its load balancer. */
let proxied: Gateway
/** Treats this host as an ordinary client. */
let exposed: Gateway

async function startGateway(trustedProxies: string): Promise<Gateway> {
  const gateway = createTestGateway(redis(), 'http://127.0.0.1:9', keys, { trustedProxies })
  const server = await listen(gateway.app, { hostname: '127.0.0.1', port: 0, connectionsMax: 100 })
  return { ...gateway, server }
}

beforeAll(async () => {
  proxied = await startGateway('127.0.0.0/8')
  exposed = await startGateway('192.0.2.1')
})

afterAll(() =>
  Promise.all([proxied, exposed].flatMap(({ server, origin }) => [server.close(), origin.close()])),
)

/** A room that both gateways know. */
async function roomWith(settings: TestSettings): Promise<string> {
  const room = await publishTestRoom(redis(), { settings })
  await Promise.all([proxied, exposed].map(({ snapshots }) => snapshots.refresh([room])))
  return room
}

type Answer = { status: number; headers: Record<string, unknown>; body: Record<string, unknown> }

function send(
  { server: { port } }: Gateway,
  method: string,
  path: string,
  { from, body }: { from?: string | undefined; body?: object } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(from === undefined ? {} : { 'x-forwarded-for': from }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
    sent.once('error', reject).once('response', (response) => {
      const { statusCode: status = 0, headers } = response
      text(response).then((body) => resolve({ status, headers, body: JSON.parse(body) }), reject)
    })
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

const hashOf = (key: string) => entryHash(Buffer.from(key, 'base64url')).toString('base64url')
const entryKey = () => randomBytes(16).toString('base64url')

describe('entries from one network address, over HTTP', () => {
  const enter = (gateway: Gateway, room: string, from?: string, key = entryKey()) =>
    send(gateway, 'POST', `/api/rooms/${room}/entries`, { from, body: { key } })

  it('are refused beyond the limit, with a Retry-After, while a retry is accepted', async () => {
    const room = await roomWith({ entriesPerAddressMax: 2 })
    const key = entryKey()
    expect((await enter(proxied, room, '198.51.100.7', key)).status).toBe(201)
    expect((await enter(proxied, room, '198.51.100.7')).status).toBe(201)
    const refused = await enter(proxied, room, '198.51.100.7')
    expect(refused).toMatchObject({ status: 429, body: { code: 'too-many' } })
    const seconds = Number(refused.headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(await enter(proxied, room, '198.51.100.7', key)).toMatchObject({ status: 201, body: { index: 0 } })
    expect((await enter(proxied, room, '198.51.100.8')).status).toBe(201)
  })

  it('are counted for the entire /56 of an IPv6 subscriber', async () => {
    const room = await roomWith({ entriesPerAddressMax: 1 })
    expect((await enter(proxied, room, '2001:db8:1:2::1')).status).toBe(201)
    expect((await enter(proxied, room, '2001:db8:1:2:ffff::9')).status).toBe(429)
    expect((await enter(proxied, room, '2001:db8:1:102::1')).status).toBe(201)
  })

  it('are counted by the connected address, whatever X-Forwarded-For contains', async () => {
    const room = await roomWith({ entriesPerAddressMax: 2 })
    const spoofed = ['203.0.113.1', '203.0.113.2', '127.0.0.1', '203.0.113.3, 192.0.2.1']
    const statuses: number[] = []
    for (const from of spoofed) statuses.push((await enter(exposed, room, from)).status)
    expect(statuses).toEqual([201, 201, 429, 429])
    const behindProxy = [
      '203.0.113.1, 198.51.100.7',
      '203.0.113.2, 198.51.100.7',
      '203.0.113.3, 198.51.100.7',
    ]
    const theirs = await Promise.all(behindProxy.map((from) => enter(proxied, room, from)))
    expect(theirs.map(({ status }) => status).toSorted()).toEqual([201, 201, 429])
  })

  it('are not limited when they come from our own hosts', async () => {
    const room = await roomWith({ entriesPerAddressMax: 1 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => enter(proxied, room)))
    expect(answers.every(({ status }) => status === 201)).toBe(true)
  })
})

describe('entries that require a proof of work', () => {
  const challengeFor = (room: string, key: string) =>
    send(proxied, 'GET', `/api/rooms/${room}/challenge?entry=${hashOf(key)}`)

  async function proofFor(room: string, key: string) {
    const challenge = ChallengeSchema.parse((await challengeFor(room, key)).body)
    return { challenge, solution: await solveChallenge({ challenge, deriveKey }) }
  }

  const enter = (room: string, key: string, proof?: object) =>
    send(proxied, 'POST', `/api/rooms/${room}/entries`, { body: { key, proof } })

  const status = async (room: string) => (await send(proxied, 'GET', `/api/rooms/${room}/status`)).body

  it('are accepted with a proof, which a retry repeats, and refused without one, with the URL of the challenge', async () => {
    const room = await roomWith({ proofOfWork: 1 })
    expect(await status(room)).toMatchObject({ proofOfWork: true })
    const key = entryKey()
    const refused = await enter(room, key)
    expect(refused).toMatchObject({ status: 403, body: { code: 'proof-needed', proof: 'missing' } })
    expect(refused.body['challenge']).toBe(`/api/rooms/${room}/challenge?entry=${hashOf(key)}`)
    expect((await challengeFor(room, key)).headers['cache-control']).toBe('no-store')
    const proof = await proofFor(room, key)
    expect(await enter(room, key, proof)).toMatchObject({ status: 201, body: { index: 0 } })
    expect(await enter(room, key, proof)).toMatchObject({ status: 201, body: { index: 0 } })
    expect(await redis().strlen(roomKeys(room).entries)).toBe(16)
  })

  it('are refused with the proof of another key or another room, or a tampered one', async () => {
    const settings = { proofOfWork: 1 }
    const [room, elsewhere] = [await roomWith(settings), await roomWith(settings)]
    await proxied.snapshots.refresh([room, elsewhere])
    const key = entryKey()
    const wrong = { status: 403, body: { code: 'proof-needed', proof: 'wrong' } }
    expect(await enter(room, key, await proofFor(room, entryKey()))).toMatchObject(wrong)
    expect(await enter(room, key, await proofFor(elsewhere, key))).toMatchObject(wrong)
    const proof = await proofFor(room, key)
    const signature = `${proof.challenge.signature.slice(0, -1)}${proof.challenge.signature.endsWith('0') ? 1 : 0}`
    const tampered = { ...proof, challenge: { ...proof.challenge, signature } }
    expect(await enter(room, key, tampered)).toMatchObject(wrong)
    expect(await redis().exists(roomKeys(room).entries)).toBe(0)
    expect((await enter(room, key, proof)).status).toBe(201)
  })

  it('need a proof from the moment an organiser requires it, and none once that is over', async () => {
    const room = await roomWith({ proofOfWork: 0 })
    const set = async (proofOfWork: number, version: number) => {
      await publishTestRoom(redis(), { room, settings: { proofOfWork, version } })
      await proxied.snapshots.refresh([room])
    }
    expect(await status(room)).toMatchObject({ proofOfWork: false })
    expect((await enter(room, entryKey())).status).toBe(201)
    expect(await challengeFor(room, entryKey())).toMatchObject({ status: 409, body: { code: 'conflict' } })
    await set(1, 2)
    expect((await enter(room, entryKey())).status).toBe(403)
    const [early, late] = [entryKey(), entryKey()]
    const proof = await proofFor(room, early)
    // A challenge issued under the old setting stays valid.
    await set(2, 3)
    expect((await enter(room, early, proof)).status).toBe(201)
    const harder = await proofFor(room, late)
    expect(harder.challenge.parameters.data.hashesMax).toBe(4000)
    await set(0, 4)
    expect((await enter(room, late, harder)).status).toBe(201)
    expect((await enter(room, entryKey())).status).toBe(201)
  })

  it.each([[], { challenge: {} }, { challenge: {}, solution: { counter: 1 } }])(
    'are refused with a malformed proof: %j',
    async (proof) => {
      const room = await roomWith({ proofOfWork: 1 })
      expect(await enter(room, entryKey(), proof)).toMatchObject({
        status: 422,
        body: { code: 'invalid-input' },
      })
    },
  )

  it('get a challenge only for a valid entry', async () => {
    const room = await roomWith({ proofOfWork: 1 })
    const short = await send(proxied, 'GET', `/api/rooms/${room}/challenge?entry=short`)
    expect(short.status).toBe(422)
  })
})
