import { beforeAll, expect, it } from 'vitest'
import { festivals, roomCheckpoints, rooms, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { createCatalogueCopy } from '../catalogue/catalogue.ts'
import { toCatalogue } from '../festivals/read-catalogue.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { archiveRooms } from './archive-rooms.ts'
import { createCheckpoints } from './checkpoint.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const log = createLogger('test', 'silent')
const PAST = new Date(Date.now() - 90 * 86_400_000)
const FESTIVALS = 1000

beforeAll(async () => {
  for (let n = 0; n < 3; n += 1) await makeTestFestival({ db: db(), redis: redis() })
})

/** The same Redis, counting the commands that it receives. */
function counted(on: Redis): { redis: Redis; commands: () => number } {
  let commands = 0
  const proxied = new Proxy(on, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        commands += 1
        return Reflect.apply(value, target, args) as unknown
      }
    },
  })
  return { redis: proxied, commands: () => commands }
}

/** The cost of one round of an origin's loops, and what gateways receive in it. */
async function measure() {
  const watched = counted(redis())
  const deps = { db: db(), redis: watched.redis, log }
  const catalogue = createCatalogueCopy({ ...deps, festivalsMax: 200 })
  await catalogue.refresh()
  await createCheckpoints(deps).write(catalogue.current().map(({ room }) => room))
  await archiveRooms({ ...deps, now: Date.now, origin: 'test', catalogue })
  return {
    commands: watched.commands(),
    rooms: catalogue.current().length,
    workers: catalogue.current().map(({ room }) => room.id),
    bytes: JSON.stringify(toCatalogue(catalogue.current(), catalogue.upcoming())).length,
  }
}

async function seedPast(): Promise<void> {
  const ids = Array.from({ length: FESTIVALS }, (_, n) => `past-${n}`)
  const schedule = { lobbyAt: PAST, opensAt: PAST, closesAt: PAST }
  await db()
    .insert(festivals)
    .values(
      ids.map((id) => ({
        ...{ id, name: id, place: 'Here', startsAt: PAST, endsAt: PAST, currency: 'KRW' },
        createdAt: PAST,
      })),
    )
  await db()
    .insert(rooms)
    .values(
      ids.map((id) => ({
        ...{ id, order: 'arrival' as const, ...schedule, ratePerSecond: 1, maxActive: 1, entriesMax: 10 },
        ...{ graceSeconds: 60, passSeconds: 60, holdSeconds: 60, epoch: 1, archivedAt: PAST },
      })),
    )
  await db()
    .insert(ticketTypes)
    .values(
      ids.map((festivalId) => ({
        ...{ festivalId, name: 'Day', priceMinor: 1, quantity: 1, accountLimit: 1 },
        ...{ saleFrom: PAST, saleTo: PAST, refundUntil: PAST },
      })),
    )
  await db()
    .insert(roomCheckpoints)
    .values(ids.map((roomId) => ({ roomId, minute: 1, at: PAST, entries: 9, serving: 9 })))
}

it('adds no cost for an origin, Redis and the catalogue when a thousand festivals are over (M11)', async () => {
  const before = await measure()
  expect(before).toMatchObject({ rooms: 3 })
  await seedPast()
  expect(await measure()).toEqual(before)
})
