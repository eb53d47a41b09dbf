import { beforeAll } from 'vitest'
import type { Database } from '../../drizzle/database.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import type { Role } from '../../shared/tokens/kinds.ts'
import { createOriginApp } from '../app.ts'
import { createCatalogueCopy } from '../catalogue/catalogue.ts'
import type { OriginDeps } from '../context.ts'
import { makeTestTokens, testOriginDeps } from './app.ts'
import { makeTestAccounts, TEST_SELLER } from './origin.ts'

const DAY_MS = 86_400_000

/** A separate origin for an organiser, over stores that others may share. */
export async function createTestOrganiser(
  { db, redis }: { db: Database; redis: Redis },
  more: Partial<OriginDeps> = {},
) {
  const tokens = makeTestTokens()
  const log = createLogger('test', 'silent')
  const catalogue = createCatalogueCopy({ db, redis, log, festivalsMax: 1000 })
  const deps = testOriginDeps({ db, redis, catalogue }, tokens)
  const app = createOriginApp({ ...deps, ...more })
  const [organiser = ''] = await makeTestAccounts(db, 1)
  const sessionOf = (...roles: Role[]) => tokens.sessionOf(organiser, roles)

  async function call(
    method: string,
    path: string,
    options: {
      body?: unknown
      image?: { type: string; bytes: Uint8Array<ArrayBuffer> }
      token?: string
      headers?: Record<string, string>
    } = {},
  ) {
    const { body, image } = options
    const response = await app.request(`/api/admin/festivals${path}`, {
      method,
      headers: {
        authorization: `Bearer ${options.token ?? sessionOf('organiser')}`,
        ...options.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(image === undefined ? {} : { 'content-type': image.type }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(image === undefined ? {} : { body: image.bytes }),
    })
    const text = await response.text()
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> }
  }
  return { app, call, catalogue, organiser, sessionOf, tokens }
}

export const testType = (more: Record<string, unknown> = {}) => ({
  name: 'Day',
  priceMinor: 1000,
  quantity: 10,
  accountLimit: 4,
  saleFrom: new Date(Date.now() - DAY_MS).toISOString(),
  saleTo: new Date(Date.now() + DAY_MS).toISOString(),
  refundUntil: new Date(Date.now() + DAY_MS).toISOString(),
  ...more,
})

/** A festival as an organiser sends it, in a room that is open as soon as it is published. */
export const testFestival = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  name: 'Test Waves',
  place: 'Here',
  startsAt: new Date(Date.now() + DAY_MS).toISOString(),
  endsAt: new Date(Date.now() + 2 * DAY_MS).toISOString(),
  currency: 'KRW',
  ...TEST_SELLER,
  room: {
    order: 'arrival',
    lobbyAt: new Date(Date.now() - DAY_MS).toISOString(),
    opensAt: new Date(Date.now() - DAY_MS).toISOString(),
    closesAt: new Date(Date.now() + DAY_MS).toISOString(),
  },
  ticketTypes: [testType()],
  ...more,
})

export type TestOrganiser = Awaited<ReturnType<typeof createTestOrganiser>>

/** An organiser for the tests of one file, on its stores. */
export function useOrganiser(stores: { db: () => Database; redis: () => Redis }): () => TestOrganiser {
  let organiser: TestOrganiser | undefined
  beforeAll(async () => {
    organiser = await createTestOrganiser({ db: stores.db(), redis: stores.redis() })
  })
  return () => {
    if (organiser === undefined) throw new Error('the organiser is not created yet')
    return organiser
  }
}
