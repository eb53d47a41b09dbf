import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { createTestGateway, makeGatewayKeys } from '../../../gateway/testing/gateway.ts'
import type { NewFestival } from '../../../origin/catalogue/make-festival.ts'
import { readCatalogue } from '../../../origin/festivals/read-catalogue.ts'
import { createCheckpoints } from '../../../origin/rooms/checkpoint.ts'
import { maintainRoom } from '../../../origin/rooms/maintain-room.ts'
import { makeTestFestival } from '../../../origin/testing/origin.ts'
import { createRedis } from '../../../shared/redis/client.ts'
import { ORIGINS_KEY, roomKeys } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { wipeTestRoom } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { askInProcess as ask } from './ask-in-process.ts'

/*
 * The whole of losing Redis, with origin and gateways on real stores and the clock in the tests' hands: what is waited
 * for is the room, never time.
 */

const { db } = useDatabase()
const RESTORE_MS = 10_000
const clockKey = `test-clock-${randomBytes(6).toString('hex')}`
const redis = createRedis({ url: redisUrl(), name: 'test', log: createLogger('test', 'silent'), clockKey })
let now = Date.now()
const keys = makeGatewayKeys(() => now)

async function advance(milliseconds: number): Promise<void> {
  now += milliseconds
  await redis.set(clockKey, now)
  await redis.originHeartbeat(ORIGINS_KEY, clockKey, 1000)
}

beforeAll(async () => {
  await redis.connect()
  await advance(0)
})

afterAll(async () => {
  await redis.hdel(ORIGINS_KEY, clockKey)
  await redis.del(clockKey)
  redis.disconnect()
})

type Fan = { key: string; account: string; place: string; index: number }
type Gateway = ReturnType<typeof createTestGateway>

const newGateway = (): Gateway => createTestGateway(redis, 'http://127.0.0.1:9', keys, { now: () => now })

/** A room, with its fans, its origin and its Redis. */
async function newRoom(settings: Partial<NewFestival['room']> = {}) {
  const room: Partial<NewFestival['room']> = {
    lobbyAt: new Date(now - 3_600_000),
    opensAt: new Date(now),
    ...settings,
  }
  const { id } = await makeTestFestival({ db: db(), redis }, { quantities: [1000], room })
  const enter = async (gateway: Gateway): Promise<Fan> => {
    const key = randomBytes(16).toString('base64url')
    const { status, body } = await ask(gateway, 'POST', `/rooms/${id}/entries`, { body: { key } })
    if (status !== 201) throw new Error(JSON.stringify(body))
    return { key, account: crypto.randomUUID(), place: String(body['place']), index: Number(body['index']) }
  }
  return {
    id,
    path: `/rooms/${id}`,
    /** This many fans enter, one after the other. */
    async enter(gateway: Gateway, count: number): Promise<Fan[]> {
      const fans: Fan[] = []
      for (let i = 0; i < count; i += 1) fans.push(await enter(gateway))
      return fans
    },
    /** This many fans enter and are called. Returns the first. */
    async callFirst(gateway: Gateway, count = 1): Promise<Fan> {
      await this.admit(gateway)
      const [fan] = await this.enter(gateway, count)
      if (fan === undefined) throw new Error('no fan entered')
      await this.admit(gateway)
      return fan
    },
    admit: (...gateways: Gateway[]) => Promise.all(gateways.map(({ snapshots }) => snapshots.refresh([id]))),
    checkpoint: () => createCheckpoints({ db: db(), redis }).write([{ id, drawSeed: null }]),
    wipe: () => wipeTestRoom(redis, id),
    /** An origin's periodic check of the room. */
    async keep(runId = '') {
      const record = (await readCatalogue(db(), 1000)).find((each) => each.room.id === id)
      if (record === undefined) throw new Error('the festival is in MySQL')
      const deps = { db: db(), redis, restoreMs: RESTORE_MS, leaseMs: 60_000 }
      return maintainRoom(deps, record, { changed: true, runId })
    },
    async rebuild(): Promise<void> {
      const stored = await this.keep()
      if (stored !== 'built') throw new Error(stored)
    },
    place: (gateway: Gateway, { place }: Pick<Fan, 'place'>) =>
      ask(gateway, 'GET', `/rooms/${id}/place`, { token: place }),
    claim: (gateway: Gateway, { place, account }: Fan) =>
      ask(gateway, 'POST', `/rooms/${id}/claims`, { token: keys.sessionOf(account), body: { place } }),
    log: () => redis.getBuffer(roomKeys(id).entries),
  }
}

type Room = Awaited<ReturnType<typeof newRoom>>

/** The position of each of them; a fan who has lost the place has none. */
async function readPlaces(
  room: Room,
  gateway: Gateway,
  fans: readonly Fan[],
): Promise<(number | undefined)[]> {
  const answers = await Promise.all(fans.map((fan) => room.place(gateway, fan)))
  return answers.map(({ body }) => body['position'] as number | undefined)
}

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('a room whose Redis was wiped', () => {
  it('is shut until it is rebuilt and restored, and reports this', async () => {
    const room = await newRoom()
    const gateway = newGateway()
    const fan = await room.callFirst(gateway, 3)
    await room.checkpoint()
    const body = { key: randomBytes(16).toString('base64url') }
    const tryAll = async () => {
      const asked = [
        await ask(gateway, 'POST', `${room.path}/entries`, { body }),
        await room.claim(gateway, fan),
        await ask(gateway, 'DELETE', `${room.path}/place`, { token: fan.place }),
        await ask(gateway, 'PUT', `${room.path}/place/account`, {
          token: keys.sessionOf(fan.account),
          body: { place: fan.place },
        }),
      ]
      return asked.map(({ status }) => status)
    }
    await room.wipe()
    expect(await tryAll()).toEqual([503, 503, 503, 503])
    await room.admit(gateway)
    expect((await ask(gateway, 'GET', `${room.path}/status`)).body).toMatchObject({ stale: true, entries: 3 })
    expect(await tryAll()).toEqual([503, 503, 503, 503])
    expect(await room.place(gateway, fan)).toMatchObject({ status: 200, body: { index: 0 } })

    await room.rebuild()
    await room.admit(gateway)
    const { body: status } = await ask(gateway, 'GET', `${room.path}/status`)
    expect(status).toMatchObject({ phase: 'restoring', stale: false, entries: 3 })
    expect(await tryAll()).toEqual([503, 503, 503, 503])
    expect(await room.claim(gateway, fan)).toMatchObject({ body: { retryAfterSeconds: 2 } })
    expect(await room.place(gateway, fan)).toMatchObject({ status: 200, body: { index: 0 } })

    await advance(RESTORE_MS + 250)
    await room.admit(gateway)
    expect((await ask(gateway, 'GET', `${room.path}/status`)).body).toMatchObject({ phase: 'open' })
    expect(await room.claim(gateway, fan)).toMatchObject({ status: 201 })
    expect(await ask(gateway, 'POST', `${room.path}/entries`, { body })).toMatchObject({ body: { index: 3 } })
  })

  it("keeps all fans in order from the gateways' knowledge, including those newer than the last checkpoint", async () => {
    const room = await newRoom({ maxActive: 4 })
    const [one, two] = [newGateway(), newGateway()]
    await room.admit(one, two)
    const fans = await room.enter(one, 10)
    await advance(1000)
    await room.admit(one, two)
    await room.checkpoint()
    fans.push(...(await room.enter(two, 5)))
    await room.admit(one, two)
    // The last ones are known only to the gateway that served them.
    fans.push(...(await room.enter(one, 3)))
    const before = await redis.hget(roomKeys(room.id).admission, 'serving')
    expect(before).toBe('3')
    const claimed = await Promise.all(fans.slice(0, 4).map((fan) => room.claim(one, fan)))
    expect(claimed.map(({ status }) => status)).toEqual([201, 201, 201, 201])

    await room.wipe()
    await room.admit(one, two)
    await room.rebuild()
    await room.admit(one, two)
    await room.admit(one, two)
    expect(await redis.strlen(roomKeys(room.id).entries)).toBe(18 * 16)
    await advance(RESTORE_MS + 250)
    await room.admit(one, two)
    expect(await readPlaces(room, two, fans)).toEqual(indexes(18))
    const [newcomer] = await room.enter(two, 1)
    expect(newcomer?.index).toBe(18)

    // Fans who had been called claim again; no others, and never more than maxActive.
    const again = await Promise.all(fans.map((fan, i) => room.claim(i % 2 === 0 ? one : two, fan)))
    expect(again.map(({ status }) => status)).toEqual([...Array(4).fill(201), ...Array(14).fill(409)])
    expect(await redis.zcard(roomKeys(room.id).passes)).toBe(4)
  })

  it('keeps in order all fans who return with a place, when every gateway is new', async () => {
    const room = await newRoom()
    const old = newGateway()
    await room.admit(old)
    const fans = await room.enter(old, 20)
    await room.checkpoint()
    fans.push(...(await room.enter(old, 10)))
    const log = await room.log()

    await room.wipe()
    await room.rebuild()
    const gateways = [newGateway(), newGateway(), newGateway()]
    await room.admit(...gateways)
    // All but the last two return concurrently, through any gateway and repeatedly.
    const back = fans.slice(0, 28)
    const restoring = await Promise.all(
      [...back, ...back.toReversed()].map((fan, i) => room.place(gateways[i % 3] ?? old, fan)),
    )
    expect(new Set(restoring.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await room.log()).toEqual(log?.subarray(0, 28 * 16))

    await advance(RESTORE_MS + 250)
    const [gateway = old] = gateways
    await room.admit(...gateways)
    const [newcomer] = await room.enter(gateway, 1)
    expect(newcomer?.index).toBe(28)
    await room.admit(...gateways)
    // The last two come too late, and before the newcomer all the same, who has the index of one of them.
    expect(await readPlaces(room, gateway, fans)).toEqual(indexes(30))
    expect((await room.log())?.length).toBe(31 * 16)
    await room.admit(...gateways)
    if (newcomer === undefined) throw new Error('one entered')
    const moved = { status: 200, body: { index: 30, position: 30, movedFrom: 28 } }
    for (const each of gateways) expect(await room.place(each, newcomer)).toMatchObject(moved)
    const refused = { status: 409, body: { code: 'place-moved' } }
    expect(await room.claim(gateway, newcomer)).toMatchObject(refused)
    expect(await ask(gateway, 'DELETE', `${room.path}/place`, { token: newcomer.place })).toMatchObject(
      refused,
    )
    const place = String((await room.place(gateway, newcomer)).body['place'])
    expect(await room.place(gateway, { place })).toMatchObject({ status: 200, body: { index: 30 } })
  })

  it('knows places from two epochs ago, and which of them were lost in between', async () => {
    const room = await newRoom()
    const gateway = newGateway()
    await room.admit(gateway)
    const fans = await room.enter(gateway, 3)
    await room.checkpoint()
    fans.push(...(await room.enter(gateway, 1)))
    const epoch = () => redis.hget(roomKeys(room.id).settings, 'epoch')
    const [stored, , , lost] = fans
    if (stored === undefined || lost === undefined) throw new Error('four entered')

    await room.wipe()
    await room.rebuild()
    await advance(RESTORE_MS + 250)
    const fresh = newGateway()
    await room.admit(fresh)
    // Its fan is not heard of until a newcomer has the index, who keeps it by going in.
    const [newcomer] = await room.enter(fresh, 1)
    expect(newcomer?.index).toBe(lost.index)
    await advance(1000)
    await room.admit(fresh)
    expect(newcomer === undefined || (await room.claim(fresh, newcomer)).status).toBe(201)
    expect(await room.place(fresh, lost)).toMatchObject({ status: 200, body: { index: 4, movedFrom: 3 } })
    const reissued = { ...stored, place: String((await room.place(fresh, stored)).body['place']) }
    await room.enter(fresh, 5)
    await room.checkpoint()
    await room.wipe()
    await room.rebuild()
    await advance(RESTORE_MS + 250)
    await room.admit(fresh)
    expect(await epoch()).toBe('3')
    for (const { place } of [stored, reissued]) {
      expect(await room.place(fresh, { place })).toMatchObject({ status: 200, body: { index: 0 } })
    }
    // Nobody has given back what became of this index: the oldest who had it is the one to ask for it first.
    expect(await room.place(fresh, lost)).toMatchObject({ status: 200, body: { index: 3 } })
  })

  it('never lets a gateway decide about a place that still believes in the epoch before', async () => {
    const room = await newRoom()
    const gateway = newGateway()
    const fan = await room.callFirst(gateway)
    await room.wipe()
    await room.rebuild()
    await advance(RESTORE_MS + 250)
    // Another fan has the index by now.
    const other = newGateway()
    await room.admit(other)
    const [newcomer] = await room.enter(other, 1)
    expect(newcomer?.index).toBe(fan.index)
    await room.admit(other)
    expect((await room.claim(gateway, fan)).status).toBe(503)
    expect((await ask(gateway, 'DELETE', `${room.path}/place`, { token: fan.place })).status).toBe(503)
    await advance(1000)
    await room.admit(gateway)
    // The fan who had it first has it again; the other one has gone in already, or has another place by now.
    expect((await room.claim(gateway, fan)).status).toBe(201)
    expect(newcomer === undefined || (await room.claim(gateway, newcomer))).toMatchObject({
      body: { code: 'place-moved' },
    })
  })
})

describe('H9: a room whose lease no origin renews', () => {
  it('is reported as restoring, gives nothing and accepts nothing, and resumes with the first origin that returns', async () => {
    const room = await newRoom()
    const gateway = newGateway()
    const { settings } = roomKeys(room.id)
    const fan = await room.callFirst(gateway)
    await redis.hset(settings, 'keptUntil', now + 5000)
    await advance(5000)
    await room.admit(gateway)
    const { body: status } = await ask(gateway, 'GET', `${room.path}/status`)
    expect(status).toMatchObject({ phase: 'restoring', stale: false, entries: 1 })
    const key = randomBytes(16).toString('base64url')
    const entering = await ask(gateway, 'POST', `${room.path}/entries`, { body: { key } })
    expect(entering).toMatchObject({ status: 503, body: { code: 'unavailable', retryAfterSeconds: 2 } })
    expect(await room.claim(gateway, fan)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(await room.place(gateway, fan)).toMatchObject({ status: 200, body: { index: 0, position: 0 } })
    expect(await room.keep()).toBe('updated')
    await room.admit(gateway)
    expect((await ask(gateway, 'GET', `${room.path}/status`)).body).toMatchObject({ phase: 'open' })
    expect(await room.claim(gateway, fan)).toMatchObject({ status: 201 })
  })
})

describe('a room whose Redis was restarted', () => {
  it('does not reuse an index that Redis had given in the second it lost', async () => {
    const room = await newRoom({ maxActive: 3 })
    const gateway = newGateway()
    const { settings, entries, admission } = roomKeys(room.id)
    await redis.hset(settings, 'runId', 'before')
    await room.admit(gateway)
    const fans = await room.enter(gateway, 6)
    const old = await redis.getBuffer(entries)
    fans.push(...(await room.enter(gateway, 4)))
    await advance(1000)
    await room.admit(gateway)
    expect(await redis.hget(admission, 'serving')).toBe('2')
    await room.checkpoint()
    await redis.set(entries, old ?? '')
    await redis.hset(admission, 'serving', 0)

    expect(await room.keep('after')).toBe('built')
    await room.admit(gateway)
    await advance(RESTORE_MS + 250)
    await room.admit(gateway)
    expect(await readPlaces(room, gateway, fans)).toEqual(indexes(10))
    expect((await room.enter(gateway, 1))[0]?.index).toBe(10)
    const claims = await Promise.all(fans.map((fan) => room.claim(gateway, fan)))
    expect(claims.map(({ status }) => status)).toEqual([...Array(3).fill(201), ...Array(7).fill(409)])
  })
})

describe('a room with a draw', () => {
  const inLobby = () => ({ order: 'draw' as const, beacon: 'none' as const, opensAt: new Date(now + 60_000) })

  async function draw(room: Room, gateway: Gateway): Promise<void> {
    await advance(60_000)
    await expect
      .poll(async () => {
        await room.admit(gateway)
        return gateway.snapshots.of(room.id)?.status.draw?.drawn
      })
      .toBe(true)
  }

  it('keeps all positions when Redis is wiped after the draw, which can still be verified', async () => {
    const room = await newRoom(inLobby())
    const gateway = newGateway()
    await room.admit(gateway)
    const fans = await room.enter(gateway, 50)
    await draw(room, gateway)
    fans.push(...(await room.enter(gateway, 4)))
    await room.checkpoint()
    await room.admit(gateway)
    const before = await readPlaces(room, gateway, fans)
    expect(before.toSorted((a, b) => Number(a) - Number(b))).toEqual(indexes(54))

    await room.wipe()
    await room.rebuild()
    await advance(RESTORE_MS + 250)
    const fresh = newGateway()
    await expect
      .poll(async () => {
        await room.admit(fresh)
        return await readPlaces(room, fresh, fans)
      })
      .toEqual(before)
    expect(await verify(fresh, room, fans[7]?.key ?? '')).toMatchObject({
      honest: true,
      lobbyEntries: 50,
      entry: { places: [{ index: 7, position: before[7] }] },
    })
  })

  it('keeps all positions when only gateways know the draw', async () => {
    const room = await newRoom(inLobby())
    const gateway = newGateway()
    await room.admit(gateway)
    const fans = await room.enter(gateway, 30)
    await draw(room, gateway)
    const before = await readPlaces(room, gateway, fans)
    await room.wipe()
    await room.rebuild()
    await room.admit(gateway)
    await advance(RESTORE_MS + 250)
    const fresh = newGateway()
    await expect
      .poll(async () => {
        await room.admit(fresh)
        return await readPlaces(room, fresh, fans)
      })
      .toEqual(before)
  })

  it('draws among all entries when Redis is wiped in the lobby, verifiably', async () => {
    const room = await newRoom(inLobby())
    const gateway = newGateway()
    await room.admit(gateway)
    const fans = await room.enter(gateway, 40)
    await room.admit(gateway)
    await room.wipe()
    await room.rebuild()
    await room.admit(gateway)
    // Every second one comes back while it is restored: the others' keys are zeros, and they take part all the same.
    const back = fans.filter((_, i) => i % 2 === 0)
    for (const fan of back) expect((await room.place(gateway, fan)).status).toBe(200)
    await advance(RESTORE_MS + 250)
    await room.admit(gateway)
    fans.push(...(await room.enter(gateway, 2)))
    await draw(room, gateway)
    const after = await readPlaces(room, gateway, fans)
    expect(after.toSorted((a, b) => Number(a) - Number(b))).toEqual(indexes(42))
    expect(await verify(gateway, room, fans[4]?.key ?? '')).toMatchObject({
      honest: true,
      lobbyEntries: 42,
      entry: { places: [{ index: 4, position: after[4] }] },
    })
  })
})

/** The output of verify-draw for the room's draw that this gateway publishes. */
async function verify({ app }: Gateway, room: Room, entryKey: string): Promise<unknown> {
  const server = createServer(getRequestListener((request) => app.fetch(request)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api${room.path}`
  const command = fileURLToPath(new URL('../../operate/verify-draw/main.ts', import.meta.url))
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      command,
      url,
      `--entry=${entryKey}`,
      '--json',
    ])
    return JSON.parse(stdout) as unknown
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
