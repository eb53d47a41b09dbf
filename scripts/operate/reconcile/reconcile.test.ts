import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { deadLetters, orders, payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import type { ListedCharge, PaymentProvider } from '../../../origin/payments/provider.ts'
import type { Finding } from '../../../origin/payments/reconcile/finding.ts'
import type { Reconciled } from '../../../origin/payments/reconcile/reconcile.ts'
import { takeReconcileTurn } from '../../../origin/payments/reconcile/reconcile-turn.ts'
import { RECONCILE_TURN_KEY } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { openCancelSale } from './testing.ts'

const { redis, caller } = useRedis(5)
const { db } = useDatabase()

async function open(options: Parameters<typeof openCancelSale>[1] = {}) {
  const sale = await openCancelSale({ db: db(), redis: redis() }, options)
  const update = (id: string, values: Partial<typeof payments.$inferInsert>) =>
    db().update(payments).set(values).where(eq(payments.id, id))
  /** A payment for two units that was accepted, read from the stream and recorded. */
  const begin = async (quantity = 2) => {
    const fan = await sale.admitFan()
    await sale.hold(fan, quantity)
    await sale.accept(fan)
    const queued = await sale.take()
    await sale.record(queued)
    return queued
  }
  /** Simulates a wiped stream: no worker will find the payment. */
  const lose = (entry: string) => redis().xdel(sale.keys.payments, entry)
  const stateOf = async (id: string) => {
    const [row] = await db().select({ state: payments.state }).from(payments).where(eq(payments.id, id))
    return row?.state
  }
  return { ...sale, update, begin, lose, stateOf }
}

/** The findings about a payment or charge, as `found: done`. */
const of = ({ findings }: Reconciled, id: string) =>
  findings
    .filter(({ payment, charge, order }) => [payment, charge, order].includes(id))
    .map(({ found, done }) => `${found}: ${done}`)

/** A provider with a different ledger. */
function withCharges(
  provider: PaymentProvider,
  change: (charge: ListedCharge, look: number) => ListedCharge[],
): PaymentProvider & { refunded: Parameters<PaymentProvider['refund']>[0][] } {
  let looks = 0
  const refunded: Parameters<PaymentProvider['refund']>[0][] = []
  return {
    ...provider,
    refunded,
    async refund(request) {
      refunded.push(request)
      return { status: 'refunded' }
    },
    async *listCharges(options) {
      looks += 1
      for await (const charge of provider.listCharges?.(options) ?? []) yield* change(charge, looks)
    },
  }
}

describe('reconciling payments that no worker will find', () => {
  it('settles one that was charged', async () => {
    const sale = await open()
    const queued = await sale.begin()
    await sale.charge(queued)
    await sale.lose(queued.entry)
    expect(await sale.broken()).not.toEqual([])
    const { id, account } = queued.payment
    expect(of(await sale.reconcile(), id)).toEqual(['payment-unfinished: finished'])
    expect(await sale.stock()).toEqual({ free: 8, held: 0, sold: 2, owned: 2 })
    expect((await sale.seePayment(id, account)).body).toMatchObject({ state: 'confirmed' })
    expect(await sale.broken()).toEqual([])
    expect(of(await sale.reconcile(), id)).toEqual([])
  })

  it('abandons one that was never charged, once no worker can begin its charge any more', async () => {
    const sale = await open()
    const { entry, payment } = await sale.begin()
    await sale.lose(entry)
    expect(of(await sale.reconcile({ abandonMs: 60_000 }), payment.id)).toEqual([
      'payment-unfinished: waiting',
    ])
    expect(await sale.stock()).toMatchObject({ free: 8, held: 2 })
    await sale.update(payment.id, { createdAt: new Date(Date.now() - 61_000) })
    expect(of(await sale.reconcile({ abandonMs: 60_000 }), payment.id)).toEqual([
      'payment-unfinished: released',
    ])
    expect(await sale.stock()).toEqual({ free: 10, held: 0, sold: 0, owned: 0 })
    expect(await sale.broken()).toEqual([])
  })

  it('resumes a refund', async () => {
    const sale = await open({ quantities: [2, 1] })
    // Redis reports two units more than there are.
    await redis().hincrby(sale.keys.stock, `free:${sale.type}`, 2)
    const late = await sale.begin()
    await sale.buy(2)
    await sale.settle(await sale.charge(late))
    await sale.lose(late.entry)
    expect(of(await sale.reconcile(), late.payment.id)).toEqual(['refund-unfinished: refunded'])
    expect(sale.refunds(late.payment.id)).toHaveLength(1)
    await redis().hincrby(sale.keys.stock, `sold:${sale.type}`, -2)
    expect(await sale.broken()).toEqual([])
  })

  it('leaves those in the stream to the worker', async () => {
    const sale = await open()
    const queued = await sale.begin()
    await sale.charge(queued)
    expect(of(await sale.reconcile(), queued.payment.id)).toEqual([])
    expect(await sale.stateOf(queued.payment.id)).toBe('charging')
  })

  it('processes each of them once, when several runs overlap', async () => {
    const sale = await open({ quantities: [20, 5] })
    const lost = []
    for (let i = 0; i < 8; i += 1) {
      const queued = await sale.begin()
      if (i % 2 === 0) await sale.charge(queued)
      await sale.lose(queued.entry)
      lost.push(queued.payment.id)
    }
    await Promise.all(Array.from({ length: 10 }, (_, i) => sale.reconcile({ redis: caller(i) })))
    expect(await sale.stock()).toEqual({ free: 12, held: 0, sold: 8, owned: 8 })
    const made = await db().select().from(orders).where(eq(orders.festivalId, sale.festival.id))
    expect(made).toHaveLength(4)
    expect(sale.entries()).toHaveLength(4)
    expect(await sale.broken()).toEqual([])
  })

  it('leaves dead letters to people, unless the provider has a definite outcome', async () => {
    const sale = await open()
    const [never, charged] = [await sale.begin(), await sale.begin()]
    await sale.charge(charged)
    for (const { entry, payment } of [never, charged]) {
      await sale.lose(entry)
      await db().insert(deadLetters).values({
        festivalId: sale.festival.id,
        entry,
        paymentId: payment.id,
        fields: {},
        reason: 'tried too often',
        attempts: 12,
        at: new Date(),
      })
    }
    const reconciled = await sale.reconcile()
    expect(of(reconciled, never.payment.id)).toEqual(['payment-dead-lettered: listed'])
    expect(await sale.stateOf(never.payment.id)).toBe('charging')
    expect(of(reconciled, charged.payment.id)).toEqual(['payment-unfinished: finished'])
    expect(await sale.stock()).toEqual({ free: 6, held: 2, sold: 2, owned: 2 })
  })

  it('reports when there are more than it processes in one run', async () => {
    const sale = await open()
    for (const { entry } of [await sale.begin(1), await sale.begin(1)]) await sale.lose(entry)
    const { findings } = await sale.reconcile({ rowsMax: 1, abandonMs: 60_000 })
    expect(findings).toContainEqual(expect.objectContaining({ found: 'not-all-read', done: 'waiting' }))
  })
})

describe('reconciling charges', () => {
  it('refunds what was charged for a payment that counts as declined', async () => {
    const sale = await open()
    const queued = await sale.begin()
    await sale.charge(queued)
    const outcome = { status: 'declined', reason: 'a mistake' } as const
    await sale.finish(queued, await sale.settle({ payment: queued.payment, outcome }))
    expect(await sale.broken()).not.toEqual([])
    expect(of(await sale.reconcile(), queued.payment.id)).toEqual(['charge-of-ended-payment: refunded'])
    expect(sale.refunds(queued.payment.id)).toMatchObject([{ amountMinor: 2000 }])
    expect(await sale.stateOf(queued.payment.id)).toBe('refunded')
    expect(await sale.broken()).toEqual([])
    expect(of(await sale.reconcile(), queued.payment.id)).toEqual([])
  })

  it('refunds what counts as refunded and was not', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy()
    const provider = { ...sale.provider, refund: async () => ({ status: 'refunded' as const }) }
    await sale.cancel(orderId, payment.account)
    await sale.idle()
    // The provider confirmed the refund, but its ledger does not have it.
    const other = await sale.buy()
    await db().update(orders).set({ state: 'cancelling' }).where(eq(orders.id, other.orderId))
    await sale.giveBack(other.orderId, { provider })
    await sale.update(other.payment.id, { state: 'refunded' })
    expect(of(await sale.reconcile(), other.payment.id)).toContain('charge-of-ended-payment: refunded')
    expect(sale.refunds(other.payment.id)).toHaveLength(1)
    expect(sale.refunds(payment.id)).toHaveLength(1)
  })

  it('finishes a cancellation whose money was refunded outside Naru', async () => {
    const sale = await open({ cancellations: { take: () => {} } })
    const { orderId, payment } = await sale.buy(2)
    await sale.cancel(orderId, payment.account)
    await sale.provider.refund({
      ...{ key: 'by hand', chargeKey: payment.id },
      ...{ amountMinor: payment.amountMinor, currency: payment.currency },
    })
    // The provider reports that nothing is left to refund, which is the goal.
    expect(await sale.giveBack(orderId)).toEqual({ status: 'finished' })
    expect(sale.refunds(payment.id)).toHaveLength(1)
    expect(of(await sale.reconcile(), payment.id)).toEqual([])
    expect(await sale.order(orderId)).toEqual({ state: 'cancelled', payment: 'refunded', isReturned: true })
    expect(await sale.broken()).toEqual([])
  })

  it('lists a charge without a payment, and changes nothing', async () => {
    const sale = await open()
    const order = { amountMinor: 700, currency: 'KRW', method: 'card-ok' as const, reference: 'none' }
    const charged = await sale.charges.charge('unheard of', order)
    const id = charged.status === 'made' ? charged.made.id : ''
    const { findings } = await sale.reconcile()
    expect(findings.filter(({ charge }) => charge === id)).toEqual<Finding[]>([
      {
        found: 'charge-without-payment',
        done: 'listed',
        reason: 'no payment has the key unheard of',
        charge: id,
        amountMinor: 700,
        currency: 'KRW',
      },
    ])
    expect(sale.entries()).toHaveLength(1)
  })

  it('refunds a second charge of a payment, and not the first', async () => {
    const sale = await open()
    const { payment } = await sale.buy()
    const provider = withCharges(sale.provider, (charge) => [charge, { ...charge, chargeId: 'ch_second' }])
    expect(of(await sale.reconcile({ provider }), payment.id)).toEqual(['second-charge: refunded'])
    expect(provider.refunded).toEqual([
      {
        ...{ key: 'refund-ch_second', chargeKey: payment.id, chargeId: 'ch_second' },
        ...{ amountMinor: 1000, currency: 'KRW' },
      },
    ])
  })

  it('reports nothing that is right on the second check', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy()
    await sale.cancel(orderId, payment.account)
    await sale.idle()
    // As when the refund took place between the reads of the ledger and of MySQL.
    const provider = withCharges(sale.provider, (charge, look) => [
      look === 1 ? { ...charge, refundedMinor: 0 } : charge,
    ])
    expect(of(await sale.reconcile({ provider }), payment.id)).toEqual([])
    expect(provider.refunded).toEqual([])
  })

  it('reports when the provider does not respond, and does the rest', async () => {
    const sale = await open({ cancellations: { take: () => {} } })
    const { orderId, payment } = await sale.buy()
    await sale.cancel(orderId, payment.account)
    const provider: PaymentProvider = {
      ...sale.provider,
      listCharges: () => {
        throw new Error('no answer')
      },
    }
    const reconciled = await sale.reconcile({ provider })
    expect(reconciled.findings).toContainEqual(
      expect.objectContaining({ found: 'not-all-read', done: 'waiting' }),
    )
    expect(of(reconciled, orderId)).toEqual(['cancellation-unfinished: finished'])
  })
})

it('runs on one origin at a time', async () => {
  await redis().del(RECONCILE_TURN_KEY)
  const turns = await Promise.all(
    Array.from({ length: 10 }, (_, i) => takeReconcileTurn(caller(i), `origin-${i}`, 60_000)),
  )
  expect(turns.filter(Boolean)).toHaveLength(1)
  expect(await redis().pttl(RECONCILE_TURN_KEY)).toBeGreaterThan(0)
})
