import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { createTestGateway, makeGatewayKeys } from '../../../gateway/testing/gateway.ts'
import { readCatalogue } from '../../../origin/festivals/read-catalogue.ts'
import { takeHold } from '../../../origin/holds/take-hold.ts'
import { createCheckpoints } from '../../../origin/rooms/checkpoint.ts'
import { maintainRoom } from '../../../origin/rooms/maintain-room.ts'
import { readRoom } from '../../../origin/rooms/read-room.ts'
import { makeTestFestival } from '../../../origin/testing/origin.ts'
import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import { ORIGINS_KEY, roomKeys } from '../../../shared/redis/keys.ts'
import { readRun } from '../../../shared/redis/runs.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { type PrivatePair, startRedisPair } from '../../develop/stores/redis-pair.ts'
import { type Answer, askInProcess as ask } from './ask-in-process.ts'

/*
 * A primary whose replica takes its place without the last writes, while gateways and origins still reach both of them:
 * real servers, and their clocks in the test's hands.
 */

const { db } = useDatabase()
const clockKey = `test-clock-${randomBytes(6).toString('hex')}`
const [RESTORE_MS, MAINTAINED_MS] = [10_000, 5000]
let now = Date.now()
const keys = makeGatewayKeys(() => now)
const origin = (name: string) => ({ origin: name, maintainedMs: MAINTAINED_MS, runs: new Set<string>() })
let pair: PrivatePair
let primary: Redis
let replica: Redis

beforeAll(async () => {
  pair = await startRedisPair({ env: process.env })
  primary = await connect(pair.primary.url)
  replica = await connect(pair.replica.url)
  return pair.stop
})

afterAll(() => {
  for (const redis of [primary, replica]) redis.disconnect()
})

async function connect(url: string): Promise<Redis> {
  const redis = createRedis({ url, name: 'test', log: createLogger('test', 'silent'), clockKey })
  await redis.connect()
  return redis
}

/** Advances the clocks of both, since a replica accepts no write. */
async function advance(milliseconds: number): Promise<void> {
  now += milliseconds
  for (const redis of [primary, replica]) {
    await redis.set(clockKey, now).catch(() => {})
    await redis.originHeartbeat(ORIGINS_KEY, clockKey, 1000).catch(() => {})
  }
}

type Gateway = ReturnType<typeof createTestGateway>
type Fan = { account: string; place: string; index: number }

const gatewayOn = (redis: Redis): Gateway =>
  createTestGateway(redis, 'http://127.0.0.1:9', keys, { now: () => now })

function sessionOf(account: string): string {
  const seconds = Math.floor(now / 1000)
  return keys.signSession({
    ...{ aud: AUDIENCES.session, sub: account, name: 'A fan', roles: [] },
    ...{ iat: seconds, exp: seconds + 36_000 },
  })
}

/** A room whose lease an origin renews on the primary, with operations on either Redis. */
async function saleOn(maxActive: number) {
  await advance(0)
  const room = { lobbyAt: new Date(now - 3_600_000), opensAt: new Date(now), maxActive }
  const { id, types } = await makeTestFestival({ db: db(), redis: primary }, { quantities: [100], room })
  const path = `/rooms/${id}`
  const tryToEnter = (gateway: Gateway) =>
    ask(gateway, 'POST', `${path}/entries`, { body: { key: randomBytes(16).toString('base64url') } })
  return {
    ...{ id, path, type: types[0] ?? 0, keys: roomKeys(id), tryToEnter },
    refresh: (gateway: Gateway) => gateway.snapshots.refresh([id]),
    async enter(gateway: Gateway, count: number): Promise<Fan[]> {
      const fans: Fan[] = []
      for (let i = 0; i < count; i += 1) {
        const { status, body } = await tryToEnter(gateway)
        if (status !== 201) throw new Error(JSON.stringify(body))
        fans.push({
          account: crypto.randomUUID(),
          place: String(body['place']),
          index: Number(body['index']),
        })
      }
      return fans
    },
    place: (gateway: Gateway, { place }: Pick<Fan, 'place'>) =>
      ask(gateway, 'GET', `${path}/place`, { token: place }),
    claim: (gateway: Gateway, { account, place }: Fan) =>
      ask(gateway, 'POST', `${path}/claims`, { token: sessionOf(account), body: { place } }),
    checkpoint: (redis: Redis) => createCheckpoints({ db: db(), redis }).write([{ id, drawSeed: null }]),
    /** An origin's periodic check of the room, on the Redis that it reaches. */
    async keep(name: string, redis: Redis) {
      const record = (await readCatalogue(db(), 10_000)).find((each) => each.room.id === id)
      if (record === undefined) throw new Error('the festival is in MySQL')
      const deps = { db: db(), redis, restoreMs: RESTORE_MS, leaseMs: 60_000, maintenance: origin(name) }
      return maintainRoom(deps, record, { changed: true, runId: await readRun(redis, id) })
    },
  }
}

it('H9: a replica that lacks the last seconds gives no fan a position that another has, and the old primary stops', async () => {
  const sale = await saleOn(4)
  const old = gatewayOn(primary)
  expect(await sale.keep('one', primary)).toBe('updated')
  await sale.refresh(old)
  const fans = await sale.enter(old, 10)
  await sale.checkpoint(primary)
  await pair.caughtUp(pair.replica, pair.primary)

  // From here on the replica receives nothing, and is then promoted.
  await pair.follow(pair.replica)
  fans.push(...(await sale.enter(old, 5)))
  await advance(1000)
  await sale.refresh(old)
  const passes = await Promise.all(fans.slice(0, 4).map((fan) => sale.claim(old, fan)))
  expect(passes.map(({ status }) => status)).toEqual([201, 201, 201, 201])
  const fresh = gatewayOn(replica)
  await sale.refresh(fresh)
  // The failover is unnoticed so far: this fan is given an index that was given before.
  await advance(1000)
  const [twin] = await sale.enter(fresh, 1)
  if (twin === undefined) throw new Error('one entered')
  expect(twin.index).toBe(10)

  expect(await sale.keep('one', replica)).toBe('built')
  await sale.refresh(fresh)
  expect(await readRoom(db(), sale.id)).toMatchObject({ epoch: 2 })

  // Another origin still reaches the old primary, finds that it is out of date, and renews nothing there.
  for (let round = 0; round < 3; round += 1) expect(await sale.keep('two', primary)).toBe('outdated')
  await advance(MAINTAINED_MS)
  expect(await sale.keep('one', replica)).toBe('updated')
  await sale.refresh(old)
  expect((await ask(old, 'GET', `${sale.path}/status`)).body).toMatchObject({ phase: 'restoring' })
  expect(await sale.tryToEnter(old)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  for (const fan of fans.slice(0, 6)) expect((await sale.claim(old, fan)).status).toBe(503)
  const { jti = '', epoch } = claimsOf(passes[0])
  const basket = [{ type: sale.type, quantity: 1 }]
  const byOldPass = { room: sale.id, account: fans[0]?.account ?? '', passId: jti, basket }
  expect(await takeHold(replica, { ...byOldPass, epoch })).toEqual({ status: 'room-restored' })
  expect(await takeHold(primary, { ...byOldPass, epoch })).toEqual({ status: 'room-absent' })
  expect(await readRoom(db(), sale.id)).toMatchObject({ epoch: 2 })

  // All fans return, the second holder of the duplicate index before the older one.
  await sale.place(fresh, twin)
  for (const fan of fans.toReversed()) expect((await sale.place(fresh, fan)).status).toBe(200)
  await advance(RESTORE_MS)
  expect(await sale.keep('one', replica)).toBe('updated')
  await sale.refresh(fresh)
  expect(await sale.place(fresh, twin)).toMatchObject({
    body: { index: 15, position: 15, movedFrom: 10 },
  })
  const readPlaces = await Promise.all(fans.map((fan) => sale.place(fresh, fan)))
  expect(readPlaces.map(({ body }) => body['position'])).toEqual(fans.map((_, i) => i))

  await advance(1000)
  await sale.keep('one', replica)
  await sale.refresh(fresh)
  const claims = await Promise.all([...fans, twin].map((fan) => sale.claim(fresh, fan)))
  expect(claims.filter(({ status }) => status === 201)).toHaveLength(4)
  expect(await replica.zcard(sale.keys.passes)).toBe(4)
})

function claimsOf(answer: Answer | undefined) {
  const pass = keys.verifiers.pass(String(answer?.body['pass']))
  if (pass.status !== 'valid') throw new Error(`the pass is ${pass.status}`)
  return pass.claims
}
