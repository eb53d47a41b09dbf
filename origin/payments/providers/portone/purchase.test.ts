import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { orders, payments, reversals } from '../../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../../drizzle/testing/database.ts'
import { roomKeys } from '../../../../shared/redis/keys.ts'
import { REFUND_REASONS } from '../../../../shared/refund-reasons.ts'
import { useRedis } from '../../../../shared/testing/redis.ts'
import {
  FAKE_API_SECRET,
  FAKE_STORE_ID,
  startFakePortone,
} from '../../../testing/fake-portone/fake-portone.ts'
import { applyCancellations } from '../../../testing/fake-portone/records.ts'
import { openTestHolds, testWorkerDeps } from '../../../testing/payments.ts'
import { endWaiting, NOT_DONE_IN_TIME } from '../../process/end-waiting.ts'
import { followProvider, resolvePayment } from '../../process/resolve-payment.ts'
import { startPaymentWorker } from '../../process/worker.ts'
import { createProviderEvents } from '../../provider-events.ts'
import { createPortoneProvider } from '../portone.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/** A fan whose payment waits for them, with PortOne's window open. */
async function fanInTheWindow() {
  const portone = await startFakePortone()
  const { provider, close } = createPortoneProvider({
    ...{ apiSecret: FAKE_API_SECRET, storeId: FAKE_STORE_ID, channelKeys: { card: 'channel-key-1' } },
    ...{ gatewayOrigins: [], apiUrl: portone.url, timeoutMs: 5000, connectionsMax: 5, listedMax: 100 },
    now: Date.now,
  })
  const sale = await openTestHolds({ db: db(), redis: redis() }, 1)
  const deps = { redis: redis(), db: db(), provider, now: Date.now, rememberSeconds: 60 }
  const worker = startPaymentWorker(testWorkerDeps({ db: db(), redis: redis(), provider }, {}), sale.room)
  onTestFinished(async () => {
    await worker.stop()
    await portone.close()
    await close()
  })
  const rowOf = async (id: string) => {
    const [row] = await db().select().from(payments).where(eq(payments.id, id))
    if (row === undefined) throw new Error('the payment is not in MySQL')
    return row
  }
  /** Pays for the hold, and opens the window with what the page was told. */
  const begin = async (key: string): Promise<string> => {
    const id = await sale.pay(0, key, 'card')
    await expect.poll(async () => (await rowOf(id)).state, { timeout: 10_000 }).toBe('waiting')
    const { action } = await rowOf(id)
    if (action?.kind !== 'script') throw new Error('there is no window to open')
    portone.window.open(action.parameters)
    return id
  }
  const events = createProviderEvents({
    ...{ db: db(), now: Date.now },
    onPayment: (payment) => followProvider(deps, payment),
  })
  return {
    ...{ portone, deps, rowOf, begin, id: await begin('first') },
    receive: (payment: string, id: string = randomUUID()) => events.receive({ id, payment }),
    ordersOf: () => db().select().from(orders).where(eq(orders.festivalId, sale.room)),
    stock: async () =>
      (
        await redis().hmget(
          roomKeys(sale.room).stock,
          ...['free', 'held', 'sold'].map((state) => `${state}:${sale.type}`),
        )
      ).map(Number),
  }
}

describe('a purchase through PortOne', () => {
  it('becomes one order, whether the event or the fan comes first, and however often', async () => {
    const { portone, deps, id, receive, rowOf, ordersOf, stock } = await fanInTheWindow()
    expect(await resolvePayment(deps, id)).toEqual({ status: 'action' })
    portone.window.approve(id)
    expect(await receive(id, `msg-${id}`)).toBe('dealt-with')
    expect(await receive(id, `msg-${id}`)).toBe('repeated')
    expect(await resolvePayment(deps, id)).toMatchObject({ status: 'ended', state: 'confirmed' })
    expect(await rowOf(id)).toMatchObject({ state: 'confirmed', chargeId: id })
    expect(await ordersOf()).toHaveLength(1)
    expect(await stock()).toEqual([0, 0, 1])
  })

  it('leaves the tickets reserved when the card is declined, and another payment buys them', async () => {
    const { portone, deps, id, begin, rowOf, stock } = await fanInTheWindow()
    portone.window.fail(id, '한도 초과')
    expect(await resolvePayment(deps, id)).toMatchObject({ state: 'declined' })
    expect(await rowOf(id)).toMatchObject({ reason: '한도 초과' })
    const second = await begin('second')
    portone.window.approve(second)
    expect(await resolvePayment(deps, second)).toMatchObject({ state: 'confirmed' })
    expect(await stock()).toEqual([0, 0, 1])
  })

  it('is refunded when the money comes from a window that was open when its time ended', async () => {
    const { portone, deps, id, receive, rowOf, ordersOf, stock } = await fanInTheWindow()
    await endWaiting(deps, id, { reason: NOT_DONE_IN_TIME, keepsHold: false })
    expect(await rowOf(id)).toMatchObject({ state: 'expired' })
    expect(await stock()).toEqual([1, 0, 0])
    portone.window.approve(id)
    expect(await receive(id)).toBe('dealt-with')
    expect(await rowOf(id)).toMatchObject({ state: 'refunded', reason: REFUND_REASONS.chargedLate })
    expect(portone.payments.get(id)).toMatchObject({ status: 'CANCELLED' })
    expect(await ordersOf()).toEqual([])
  })

  it.each<[string, object]>([
    ['one won less', { total: 999 }],
    ['money through a test channel', { channelKey: 'channel-key-test' }],
  ])('is refunded whole for %s, and becomes no order', async (_, change) => {
    const { portone, deps, id, rowOf, ordersOf, stock } = await fanInTheWindow()
    portone.window.approve(id)
    Object.assign(portone.payments.get(id) ?? {}, change)
    expect(await resolvePayment(deps, id)).toMatchObject({ state: 'refunded' })
    expect(await rowOf(id)).toMatchObject({ state: 'refunded', reason: REFUND_REASONS.wrongAmount })
    expect(portone.payments.get(id)).toMatchObject({ status: 'CANCELLED' })
    expect(await ordersOf()).toEqual([])
    expect(await stock()).toEqual([1, 0, 0])
  })

  it('keeps its units while PortOne does not answer', async () => {
    const { portone, deps, id, receive, stock } = await fanInTheWindow()
    portone.window.approve(id)
    portone.faults.push({ path: /^GET/, how: 503 })
    expect(await receive(id)).toBe('postponed')
    expect(await stock()).toEqual([0, 1, 0])
    expect(await resolvePayment(deps, id)).toMatchObject({ state: 'confirmed' })
  })

  it('notes what was cancelled in PortOne’s console', async () => {
    const { portone, deps, id, receive } = await fanInTheWindow()
    portone.window.approve(id)
    await resolvePayment(deps, id)
    const payment = portone.payments.get(id)
    if (payment === undefined) throw new Error('PortOne does not know the payment')
    payment.cancellations.push({
      ...{ status: 'SUCCEEDED', id: randomUUID(), totalAmount: 400, taxFreeAmount: 0, vatAmount: 0 },
      ...{ reason: '고객 요청', requestedAt: new Date().toISOString() },
    })
    applyCancellations(payment)
    expect(await receive(id)).toBe('dealt-with')
    const noted = await db().select().from(reversals).where(eq(reversals.paymentId, id))
    expect(noted).toMatchObject([{ kind: 'refund', state: 'done', amountMinor: 400 }])
  })
})
