import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { readRun } from '../../shared/redis/runs.ts'
import { makeFestival, type NewFestival } from '../catalogue/make-festival.ts'
import { readCatalogue } from '../festivals/read-catalogue.ts'
import type { Payment } from '../payments/payment.ts'
import { maintainRoom } from '../rooms/maintain-room.ts'

const DAY_MS = 86_400_000

export type TestFestival = { id: string; types: number[] }

/** What a festival needs to sell paid tickets. */
export const TEST_SELLER = {
  sellerName: 'Test Waves Ltd.',
  sellerRepresentative: 'Kim Naru',
  sellerRegistration: '123-45-67890',
  sellerAddress: '1 Riverside, Seoul',
  sellerEmail: 'help@waves.test',
  sellerPhone: '02-1234-5678',
}

/** A festival on sale, in MySQL and, where a Redis is given, in Redis. */
export async function makeTestFestival(
  deps: { db: Database; redis?: Redis },
  options: {
    quantities?: number[]
    priceMinor?: number
    accountLimit?: number
    holdSeconds?: number
    room?: Partial<NewFestival['room']>
  } = {},
): Promise<TestFestival> {
  const now = Date.now()
  const id = `test-${uuidv7()}`
  const from = new Date(now - DAY_MS)
  const to = new Date(now + DAY_MS)
  const far = new Date(now + 15 * 366 * DAY_MS)
  const made = await makeFestival(
    { db: deps.db, now: Date.now },
    {
      id,
      name: 'Test',
      place: 'Here',
      startsAt: from,
      endsAt: far,
      currency: 'KRW',
      ...TEST_SELLER,
      room: {
        order: 'arrival',
        lobbyAt: from,
        opensAt: from,
        closesAt: to,
        ratePerSecond: 10_000,
        maxActive: 10_000,
        entriesMax: 100_000,
        graceSeconds: 60,
        passSeconds: 600,
        holdSeconds: options.holdSeconds ?? 300,
        ...options.room,
      },
      ticketTypes: (options.quantities ?? [100]).map((quantity, i) => ({
        name: `Type ${i + 1}`,
        priceMinor: options.priceMinor ?? 1000,
        quantity,
        accountLimit: options.accountLimit ?? 10,
        saleFrom: from,
        saleTo: far,
        refundUntil: to,
      })),
    },
  )
  if (made.status !== 'made') throw new Error('a random ID was taken')
  if (deps.redis !== undefined) await publishTestFestival({ db: deps.db, redis: deps.redis }, id)
  return { id, types: made.ticketTypes }
}

/** Publishes one festival to Redis, as the origin does on its round. */
export async function publishTestFestival(deps: { db: Database; redis: Redis }, id: string): Promise<void> {
  const record = (await readCatalogue(deps.db, 1000)).find(({ festival }) => festival.id === id)
  if (record === undefined) throw new Error('the festival is not in MySQL')
  await maintainRoom({ ...deps, restoreMs: 0, leaseMs: 10_000 }, record, {
    changed: true,
    runId: await readRun(deps.redis, id),
  })
}

/** Accounts that cannot be signed in to. Returns their IDs. */
export async function makeTestAccounts(db: Database, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7())
  await db.insert(accounts).values(
    ids.map((id) => ({
      id,
      email: `${id}@naru.test`,
      name: 'Test',
      passwordHash: 'none',
      roles: ['fan'],
      createdAt: new Date(),
    })),
  )
  return ids
}

/** A payment as a worker reads it from the stream. */
export function makeTestPayment(festival: TestFestival, account: string, quantity = 1): Payment {
  const [type = 0] = festival.types
  return {
    id: uuidv7(),
    account,
    room: festival.id,
    hold: uuidv7(),
    basket: [{ type, quantity }],
    amountMinor: 1000 * quantity,
    currency: 'KRW',
    method: 'card-ok',
  }
}
