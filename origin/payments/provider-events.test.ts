import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase } from '../../drizzle/database.ts'
import { providerEvents } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../testing/origin.ts'
import { beginPayments } from './process/record-payments.ts'
import { createProviderEvents } from './provider-events.ts'

const { db, url } = useDatabase()
const DAY_MS = 86_400_000

let payment: string
let other: string

beforeAll(async () => {
  const festival = await makeTestFestival({ db: db() })
  const [account = ''] = await makeTestAccounts(db(), 1)
  const made = [makeTestPayment(festival, account), makeTestPayment(festival, account)]
  await beginPayments(db(), made, new Date())
  ;[payment = '', other = ''] = made.map(({ id }) => id)
})

function open(options: { database?: ReturnType<typeof db>; now?: () => number; pruneMax?: number } = {}) {
  const looked: string[] = []
  let failing = false
  let unknown = false
  const events = createProviderEvents({
    db: options.database ?? db(),
    now: options.now ?? Date.now,
    async onPayment(id) {
      if (failing) throw new Error('the provider does not answer')
      looked.push(id)
      return { status: unknown ? 'unknown' : 'ended' }
    },
    rememberSeconds: 30 * 86_400,
    pruneMax: options.pruneMax ?? 100,
  })
  return {
    ...events,
    looked,
    fail: (fails: boolean) => {
      failing = fails
    },
    doNotKnow: (unknowing: boolean) => {
      unknown = unknowing
    },
  }
}

const newId = () => `evt_${randomUUID()}`
const isRemembered = async (id: string) =>
  (await db().select().from(providerEvents).where(eq(providerEvents.id, id))).length === 1

describe('events of the provider', () => {
  it('resolve the payment that they name, once per event', async () => {
    const { receive, looked } = open()
    const id = newId()
    expect(await receive({ id, payment })).toBe('dealt-with')
    expect(await receive({ id, payment })).toBe('repeated')
    expect(looked).toEqual([payment])
  })

  it('count once when the same event is delivered twenty times concurrently', async () => {
    const { receive, looked } = open()
    const id = newId()
    const received = await Promise.all(Array.from({ length: 20 }, () => receive({ id, payment })))
    expect(received.toSorted()).toEqual(['dealt-with', ...Array.from({ length: 19 }, () => 'repeated')])
    expect(looked).toEqual([payment])
  })

  it('are stored once when several origins receive the same event concurrently', async () => {
    const pools = Array.from({ length: 4 }, () =>
      createDatabase({ url: url(), connectionsMax: 2, queueMax: 100 }),
    )
    const id = newId()
    const received = await Promise.all(
      pools.map(({ db: database }) => open({ database }).receive({ id, payment })),
    )
    await Promise.all(pools.map(({ close }) => close()))
    expect(received.filter((each) => each === 'dealt-with')).toHaveLength(1)
    expect(await isRemembered(id)).toBe(true)
  })

  it('may arrive in any order, and each triggers a look-up', async () => {
    const { receive, looked } = open()
    for (const [id, about] of [
      [newId(), other],
      [newId(), payment],
      [newId(), other],
    ] as const) {
      expect(await receive({ id, payment: about })).toBe('dealt-with')
    }
    expect(looked).toEqual([other, payment, other])
  })

  it('are to be sent again when the payment could not be looked up', async () => {
    const { receive, looked, fail } = open()
    const id = newId()
    fail(true)
    const failed = await Promise.allSettled(Array.from({ length: 3 }, () => receive({ id, payment })))
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await isRemembered(id)).toBe(false)
    fail(false)
    expect(await receive({ id, payment })).toBe('dealt-with')
    expect(looked).toEqual([payment])
  })

  it('are to be sent again when the provider could not report the state of the payment', async () => {
    const { receive, looked, doNotKnow } = open()
    const id = newId()
    doNotKnow(true)
    expect(await receive({ id, payment })).toBe('postponed')
    expect(await isRemembered(id)).toBe(false)
    doNotKnow(false)
    expect(await receive({ id, payment })).toBe('dealt-with')
    expect(looked).toEqual([payment, payment])
  })

  it('do nothing when they name no payment, or an unknown one', async () => {
    const { receive, looked } = open()
    expect(await receive({ id: newId() })).toBe('ignored')
    expect(await receive({ id: newId(), payment: randomUUID() })).toBe('ignored')
    expect(looked).toEqual([])
  })

  it('are deleted after their retention time, a few at a time', async () => {
    const old = open({ now: () => Date.now() - 40 * DAY_MS })
    for (let i = 0; i < 5; i += 1) await old.receive({ id: newId(), payment })
    const recent = newId()
    const { receive, prune } = open({ pruneMax: 3 })
    await receive({ id: recent, payment })
    expect(await prune()).toBe(3)
    expect(await prune()).toBe(2)
    expect(await prune()).toBe(0)
    expect(await isRemembered(recent)).toBe(true)
  })
})
