import { eq } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { createOriginApp } from '../../app.ts'
import { beginPayments } from '../../payments/process/record-payments.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../../testing/app.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../../testing/origin.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()

let app: ReturnType<typeof createOriginApp>

beforeAll(() => {
  app = createOriginApp(testOriginDeps({ db: db(), redis: redis(), catalogue: emptyCatalogue }, tokens))
})

async function list(room: string, query: string, roles: Role[] = ['organiser']) {
  const headers = { authorization: `Bearer ${tokens.sessionOf(crypto.randomUUID(), roles)}` }
  const response = await app.request(`/api/admin/rooms/${room}/payments${query}`, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function makePayments(count: number) {
  const festival = await makeTestFestival({ db: db() })
  const [account = ''] = await makeTestAccounts(db(), 1)
  const made = Array.from({ length: count }, () => makeTestPayment(festival, account))
  await beginPayments(db(), made, new Date())
  return { room: festival.id, account, ids: made.map(({ id }) => id) }
}

const idsOf = (body: Record<string, unknown>) => (body['payments'] as { id: string }[]).map(({ id }) => id)

it('lists a room’s payments in a state, newest first, a page at a time', async () => {
  const { room, account, ids } = await makePayments(4)
  await makePayments(1)
  const [declined = ''] = ids
  await db().update(payments).set({ state: 'declined', reason: 'card' }).where(eq(payments.id, declined))
  const charging = ids.slice(1).toReversed()
  const first = await list(room, '?state=charging&limit=2')
  expect(first.status).toBe(200)
  expect(idsOf(first.body)).toEqual(charging.slice(0, 2))
  expect(idsOf((await list(room, `?state=charging&before=${charging[1]}`)).body)).toEqual(charging.slice(2))
  expect((await list(room, '?state=declined')).body).toEqual({
    payments: [
      {
        id: declined,
        account: { id: account, name: 'Test' },
        state: 'declined',
        amountMinor: 1000,
        currency: 'KRW',
        reason: 'card',
        createdAt: expect.any(String),
        order: null,
      },
    ],
  })
})

it('is for organisers of existing rooms, and requires a state', async () => {
  const { room } = await makePayments(1)
  expect((await list(room, '?state=charging', ['fan', 'staff'])).body).toMatchObject({ code: 'forbidden' })
  expect(await list('nowhere', '?state=charging')).toMatchObject({ status: 404, body: { code: 'not-found' } })
  for (const query of ['', '?state=paid', '?state=charging&limit=201', '?state=charging&before=x']) {
    expect((await list(room, query)).status).toBe(422)
  }
})
