import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedis } from '../../../shared/redis/client.ts'
import { ORIGINS_KEY, roomKeys } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { publishTestRoom, type TestSettings, useRedis } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import type { PersonProof } from '../../../shared/tokens/kinds.ts'
import { positionOf } from '../../room/draw.ts'
import { createTestGateway, makeGatewayKeys } from '../../testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const HOUR_MS = 3_600_000

let gateway: ReturnType<typeof createTestGateway>

beforeAll(async () => {
  gateway = createTestGateway(redis(), 'http://127.0.0.1:9', keys)
  await redis().originHeartbeat(ORIGINS_KEY, 'test', 1000)
  // The origins' health that is read now applies from the next refresh on.
  await gateway.snapshots.refresh([])
})

afterAll(() => gateway.origin.close())

const signIn = (sub: string = randomUUID(), proof?: PersonProof) =>
  keys.sessionOf(sub, proof === undefined ? {} : { proof })

/** A browser that stores and clears cookies as it is told. */
function openBrowser() {
  const cookies = new Map<string, string>()
  const call = async (method: string, path: string, body?: object) => {
    const response = await gateway.app.request(path, {
      method,
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.slice(0, line.indexOf(';')).split('=')
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await response.text()
    return {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    }
  }
  return {
    cookies,
    call,
    signIn: (session: string) => void cookies.set('__Host-naru-session', session),
    enter: (room: string) =>
      call('POST', `/api/rooms/${room}/entries`, { key: randomBytes(16).toString('base64url') }),
    place: (room: string) => call('GET', `/api/rooms/${room}/place`),
    bind: (room: string) => call('PUT', `/api/rooms/${room}/place/account`, {}),
    claim: (room: string) => call('POST', `/api/rooms/${room}/claims`, {}),
    leave: (room: string) => call('DELETE', `/api/rooms/${room}/place`),
  }
}

const refused = (status: number, code: string) => ({ status, body: { code } })

/** A room in which no fan is called until it is opened. */
async function makeRoom(settings: TestSettings = {}): Promise<{ room: string; open: () => Promise<void> }> {
  const room = await publishTestRoom(redis(), { settings: { ...settings, opensAt: Date.now() + HOUR_MS } })
  await gateway.snapshots.refresh([room])
  const open = async () => {
    await publishTestRoom(redis(), { room, settings: { ...settings, version: 2 } })
    await expect
      .poll(async () => {
        await gateway.snapshots.refresh([room])
        const state = gateway.snapshots.of(room)?.state
        // A draw's participants are read in the background, and may be missing when all have been called.
        if (state === undefined || positionOf(0, state.draw) === undefined) return -1
        return state.serving + 1 - state.entries
      })
      .toBe(0)
  }
  return { room, open }
}

const rooms: [string, TestSettings][] = [
  ['goes by arrival', {}],
  ['has a draw', { order: 'draw', drawSecret: randomBytes(32).toString('hex') }],
]

describe.each(rooms)('in a room that %s', (_, settings) => {
  it('a fan enters on the phone, signs in, and claims on the laptop with the session alone', async () => {
    const { room, open } = await makeRoom(settings)
    for (let i = 0; i < 5; i += 1) await openBrowser().enter(room)
    const [phone, laptop] = [openBrowser(), openBrowser()]
    const entered = await phone.enter(room)
    expect(entered.body).toMatchObject({ index: 5 })
    const session = signIn()
    phone.signIn(session)
    const participates = settings.order === 'draw' ? { participates: { reason: 'unproven' } } : {}
    for (let time = 0; time < 2; time += 1) {
      const { place: _, ...placeStatus } = entered.body
      expect(await phone.bind(room)).toMatchObject({ status: 200, body: { ...placeStatus, ...participates } })
    }

    laptop.signIn(session)
    expect(await laptop.place(room)).toMatchObject({ status: 200, body: { index: 5, called: false } })
    expect(laptop.cookies.has(`__Host-naru-place-${room}`)).toBe(true)
    await open()
    const stands = await laptop.place(room)
    expect(stands.body).toMatchObject({ index: 5, called: true })
    expect((await phone.place(room)).body['position']).toBe(stands.body['position'])

    const bare = openBrowser()
    bare.signIn(session)
    const claimed = await bare.claim(room)
    expect(claimed.status).toBe(201)
    for (const device of [phone, laptop, bare]) {
      const again = await device.claim(room)
      expect(again).toMatchObject({ status: 201, body: { expiresAt: claimed.body['expiresAt'] } })
      expect(passIdOf(again.body)).toBe(passIdOf(claimed.body))
    }
  })

  it('a claim binds the place too, so that a fan who signed in late finds it on another device', async () => {
    const { room, open } = await makeRoom(settings)
    const [phone, laptop] = [openBrowser(), openBrowser()]
    await phone.enter(room)
    await open()
    const session = signIn()
    phone.signIn(session)
    laptop.signIn(session)
    expect(await laptop.claim(room)).toMatchObject(refused(404, 'place-missing'))
    expect((await phone.claim(room)).status).toBe(201)
    expect((await laptop.place(room)).body).toMatchObject({ index: 0, called: true })
    expect((await laptop.claim(room)).status).toBe(201)
  })

  it('a stolen place is worthless once its fan has signed in', async () => {
    const { room, open } = await makeRoom(settings)
    const [fan, thief] = [openBrowser(), openBrowser()]
    await fan.enter(room)
    for (const [name, value] of fan.cookies) thief.cookies.set(name, value)
    const account = randomUUID()
    fan.signIn(signIn(account))
    expect((await fan.bind(room)).status).toBe(200)
    await open()
    expect(await thief.leave(room)).toMatchObject(refused(403, 'place-of-another-account'))
    thief.signIn(signIn())
    for (const attempt of [thief.bind, thief.claim, thief.leave]) {
      const answer = await attempt(room)
      expect(answer).toMatchObject(refused(403, 'place-of-another-account'))
      expect(JSON.stringify(answer)).not.toContain(account)
    }
    expect((await fan.claim(room)).status).toBe(201)
  })

  it('an account that has a place continues with it, or leaves it for another', async () => {
    const { room, open } = await makeRoom(settings)
    const [phone, laptop] = [openBrowser(), openBrowser()]
    const session = signIn()
    await phone.enter(room)
    phone.signIn(session)
    await phone.bind(room)
    await laptop.enter(room)
    laptop.signIn(session)
    // The device's own place takes precedence, unless the request asks for the account's.
    expect((await laptop.place(room)).body).toMatchObject({ index: 1 })
    expect(await laptop.bind(room)).toMatchObject({ status: 409, body: { code: 'place-bound', index: 0 } })
    const kept = new Map(laptop.cookies)
    const ofAccount = `/api/rooms/${room}/place?of=account`
    expect((await laptop.call('GET', ofAccount)).body).toMatchObject({ index: 0 })
    expect((await laptop.place(room)).body).toMatchObject({ index: 0 })
    for (const [name, value] of kept) laptop.cookies.set(name, value)
    await open()
    expect(await laptop.claim(room)).toMatchObject({ status: 409, body: { code: 'place-bound', index: 0 } })
    expect((await phone.leave(room)).status).toBe(204)
    expect(await phone.place(room)).toMatchObject(refused(404, 'place-missing'))
    expect((await laptop.claim(room)).status).toBe(201)
    expect((await phone.place(room)).body).toMatchObject({ index: 1 })
  })

  it('a fan whose turn was missed enters again, and binds the new place', async () => {
    const { room, open } = await makeRoom(settings)
    const [phone, laptop] = [openBrowser(), openBrowser()]
    const session = signIn()
    await phone.enter(room)
    phone.signIn(session)
    laptop.signIn(session)
    await phone.bind(room)
    await open()
    await redis().del(roomKeys(room).calls)
    await redis().hset(roomKeys(room).admission, 'missedThrough', 0)
    await phone.enter(room)
    expect(await phone.bind(room)).toMatchObject({ status: 200, body: { index: 1 } })
    expect((await laptop.place(room)).body).toMatchObject({ index: 1 })
    // The same holds for a fan who learns of it by claiming.
    await redis().hset(roomKeys(room).admission, { serving: 1, missedThrough: 1 })
    await gateway.snapshots.refresh([room])
    expect(await laptop.claim(room)).toMatchObject(refused(409, 'turn-missed'))
    expect(await openSignedIn(session).place(room)).toMatchObject(refused(404, 'place-missing'))
  })
})

const openSignedIn = (session: string) => {
  const browser = openBrowser()
  browser.signIn(session)
  return browser
}

function passIdOf(body: Record<string, unknown>): string {
  const verified = keys.verifiers.pass(String(body['pass']))
  if (verified.status !== 'valid') throw new Error(`The pass is ${verified.status}`)
  return verified.claims.jti
}

describe('a program, which sends one bearer token', () => {
  const call = async (method: string, path: string, token?: string, body?: object) => {
    const response = await gateway.app.request(path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    }
  }

  it('binds with the session and a place in the body, and reads and leaves with the session', async () => {
    const { room, open } = await makeRoom()
    const { place } = (await openBrowser().enter(room)).body
    const session = signIn()
    const path = `/api/rooms/${room}/place`
    expect((await call('PUT', `${path}/account`, session, { place })).status).toBe(200)
    expect((await call('GET', path, session)).body).toMatchObject({ index: 0 })
    expect((await call('GET', path, String(place))).body).toMatchObject({ index: 0 })
    await open()
    expect(await call('DELETE', path, String(place))).toMatchObject(refused(403, 'place-of-another-account'))
    expect((await call('DELETE', path, session)).status).toBe(204)
    expect((await call('DELETE', path, session)).status).toBe(204)
    expect(await call('GET', path, session)).toMatchObject(refused(404, 'place-missing'))
  })

  it('binds nothing without a session, without a place, or with tokens of the wrong kind', async () => {
    const { room } = await makeRoom()
    const { place } = (await openBrowser().enter(room)).body
    const path = `/api/rooms/${room}/place/account`
    expect(await call('PUT', path, undefined, { place })).toMatchObject(refused(401, 'token-missing'))
    expect(await call('PUT', path, String(place), { place })).toMatchObject(refused(401, 'token-invalid'))
    expect(await call('PUT', path, signIn(), {})).toMatchObject(refused(401, 'token-missing'))
    expect(await call('PUT', path, signIn(), { place: signIn() })).toMatchObject(
      refused(401, 'token-invalid'),
    )
    const other = await makeRoom()
    const foreign = (await openBrowser().enter(other.room)).body
    await gateway.snapshots.refresh([room])
    expect(await call('PUT', path, signIn(), { place: foreign['place'] })).toMatchObject(
      refused(403, 'token-wrong-audience'),
    )
    expect(await call('GET', `/api/rooms/${room}/place?of=account`, String(place))).toMatchObject(
      refused(401, 'token-missing'),
    )
  })
})

it('returns the status of a place token while Redis is unavailable, and 503 to clients without one', async () => {
  const { room } = await makeRoom()
  const browser = openBrowser()
  await browser.enter(room)
  const own = createRedis({ url: redisUrl(), name: 'test', log: createLogger('test', 'silent') })
  await own.connect()
  const lonely = createTestGateway(own, 'http://127.0.0.1:9', keys)
  await lonely.snapshots.refresh([room])
  own.disconnect()
  const ask = (headers: Record<string, string>) => lonely.app.request(`/api/rooms/${room}/place`, { headers })
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  expect((await ask({ cookie })).status).toBe(200)
  expect((await ask({ authorization: `Bearer ${signIn()}` })).status).toBe(503)
  await lonely.origin.close()
})

describe('C2: a place in a room with a draw', () => {
  const settings = { order: 'draw', drawSecret: 'ab'.repeat(32) } as const
  const proof: PersonProof = { method: 'email', group: '' }

  it('takes part once its account is proven, and is drawn before all that do not', async () => {
    const { room, open } = await makeRoom(settings)
    const fans = [openBrowser(), openBrowser(), openBrowser(), openBrowser()]
    for (const fan of fans) await fan.enter(room)
    const [, unproven, proven, last] = fans
    const account = randomUUID()
    unproven?.signIn(signIn())
    expect((await unproven?.bind(room))?.body).toMatchObject({ participates: { reason: 'unproven' } })
    proven?.signIn(signIn(account))
    expect((await proven?.bind(room))?.body).toMatchObject({ participates: { reason: 'unproven' } })
    // The session issued after the proof carries it.
    proven?.signIn(signIn(account, proof))
    const bound = (await proven?.bind(room))?.body
    expect(bound).toMatchObject({ index: 2, participates: true })
    // M2: the token names the account, in case Redis loses its last second of writes.
    expect(keys.verifiers.place(String(bound?.['place']))).toMatchObject({
      claims: { sub: account, chance: true, index: 2 },
    })
    // A second place of the same account adds no chance.
    last?.signIn(signIn(account, proof))
    expect(await last?.bind(room)).toMatchObject(refused(409, 'place-bound'))
    await open()
    const places = await Promise.all(fans.map(async (fan) => (await fan.place(room)).body))
    expect(places.map(({ position, drawn }) => [position, drawn])).toEqual([
      [1, false],
      [2, false],
      [0, true],
      [3, false],
    ])
  })

  it('can be left before the draw by its account, which may take part with another', async () => {
    const { room } = await makeRoom(settings)
    const [phone, laptop] = [openBrowser(), openBrowser()]
    await phone.enter(room)
    await laptop.enter(room)
    const session = signIn(randomUUID(), proof)
    phone.signIn(session)
    laptop.signIn(session)
    expect((await phone.bind(room)).body).toMatchObject({ index: 0, participates: true })
    expect(await laptop.bind(room)).toMatchObject(refused(409, 'place-bound'))
    expect((await phone.leave(room)).status).toBe(204)
    expect((await laptop.bind(room)).body).toMatchObject({ index: 1, participates: true })
  })
})
