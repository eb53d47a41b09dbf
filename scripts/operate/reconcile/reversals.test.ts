import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { auditLog } from '../../../drizzle/schema/audit.ts'
import { reconcileMarks, reversals, tickets } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { checkIn } from '../../../origin/check-in/check-in.ts'
import { readGateList } from '../../../origin/check-in/gate-list.ts'
import { followProvider } from '../../../origin/payments/process/resolve-payment.ts'
import type { PaymentProvider } from '../../../origin/payments/provider.ts'
import { noteReversals } from '../../../origin/payments/reversals/note-reversals.ts'
import { listReversals, settleReversal } from '../../../origin/payments/reversals/reversals.ts'
import { readAttention } from '../../../origin/reports/attention.ts'
import { makeTestAccounts } from '../../../origin/testing/origin.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { type CancelSale, openCancelSale } from './testing.ts'

// H4: money that is moved at the provider, outside Naru.

const { redis } = useRedis()
const { db } = useDatabase()

async function open() {
  const sale = await openCancelSale({ db: db(), redis: redis() }, { quantities: [10, 5] })
  const deps = { db: db(), redis: redis(), provider: sale.provider, now: Date.now, rememberSeconds: 60 }
  return {
    ...sale,
    deps,
    /** The actions of the account's owner in the provider's dashboard. */
    reverse: (order: Parameters<CancelSale['charges']['reverse']>[0]) => sale.charges.reverse(order),
    listed: () => listReversals(db(), { room: sale.festival.id, limit: 10 }),
    attention: async () => (await readAttention(db(), Date.now, sale.festival.id)).reversed,
    async scan(code: string) {
      const scan = { festival: sale.festival.id, text: code, gate: 'North', clock: { at: new Date() } }
      const read = { db: db(), now: Date.now, readTicketText: () => ({ kind: 'code', code }) as const }
      return await checkIn(read, {
        ...{ ...scan, id: randomUUID(), account: await staff() },
        // The festival of the test begins tomorrow.
        confirmed: ['outside-window'],
      })
    },
    ticketsOf: (order: string) => db().select().from(tickets).where(eq(tickets.orderId, order)),
    /** How many tickets a device may admit without a network. */
    async listedForGate() {
      const [type = 0] = sale.festival.types
      const input = { festival: sale.festival.id, type, after: 0, ticketsMax: 100 }
      return Buffer.from((await readGateList(db(), input))?.valid ?? '', 'base64').length / 8
    },
  }
}

let staffAccount: string | undefined
async function staff(): Promise<string> {
  staffAccount ??= (await makeTestAccounts(db(), 1))[0] ?? ''
  return staffAccount
}

const foundIn = ({ findings }: Awaited<ReturnType<CancelSale['reconcile']>>, payment: string) =>
  findings.flatMap(({ found, done, payment: of }) => (of === payment ? [`${found}: ${done}`] : []))

describe('a refund made at the provider (H4)', () => {
  it('cancels the order of a charge that was fully refunded: its tickets are void, its units for sale', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(2)
    const other = await sale.buy(1)
    await sale.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 2000 })
    expect(foundIn(await sale.reconcile(), payment.id)).toEqual(['reversed-outside: finished'])
    expect(await sale.order(orderId)).toEqual({ state: 'cancelled', payment: 'refunded', isReturned: true })
    const [ticket] = await sale.ticketsOf(orderId)
    expect(await sale.scan(ticket?.code ?? '')).toMatchObject({ status: 'void' })
    expect(await sale.order(other.orderId)).toMatchObject({ state: 'owned' })
    expect(await sale.stock()).toMatchObject({ free: 9, sold: 1, owned: 1 })
    expect(await sale.broken()).toEqual([])
    expect(await sale.attention()).toBe(1)
    expect(await sale.listed()).toMatchObject([{ kind: 'refund', state: 'done', order: orderId }])
    expect(foundIn(await sale.reconcile(), payment.id)).toEqual([])
  })

  it('flags the tickets of exactly the order that was refunded in part, and warns staff, who may admit them', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(2)
    const other = await sale.buy(1)
    await sale.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 500 })
    expect(foundIn(await sale.reconcile(), payment.id)).toEqual(['reversed-outside: listed'])
    const flags = async (order: string) => (await sale.ticketsOf(order)).map(({ flag }) => flag)
    expect(await flags(orderId)).toEqual(['refunded-in-part', 'refunded-in-part'])
    expect(await flags(other.orderId)).toEqual([null])
    const [ticket] = await sale.ticketsOf(orderId)
    expect(await sale.scan(ticket?.code ?? '')).toMatchObject({
      status: 'admitted',
      flag: 'refunded-in-part',
    })
    expect(await sale.broken()).toEqual([])
    // The rest is refunded when the order is cancelled, and not more.
    expect(await sale.order(orderId)).toMatchObject({ state: 'owned' })
  })

  it('leaves the rest to be refunded when the order is cancelled after that', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(2)
    await sale.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 500 })
    await sale.reconcile()
    await sale.cancel(orderId, payment.account)
    await sale.idle()
    expect(await sale.order(orderId)).toMatchObject({ state: 'cancelled', payment: 'refunded' })
    expect(sale.refunds(payment.id).map((entry) => 'amountMinor' in entry && entry.amountMinor)).toEqual([
      500, 1500,
    ])
    expect(await sale.broken()).toEqual([])
  })

  it.each([
    [500, [500, 1500]],
    [2000, [2000]],
  ])(
    'of %i is not given back again when the order is cancelled before anybody has told Naru of it',
    async (outsideMinor, refunds) => {
      const sale = await open()
      const { payment, orderId } = await sale.buy(2)
      await sale.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: outsideMinor })
      await Promise.all([sale.cancel(orderId, payment.account), followProvider(sale.deps, payment.id)])
      await sale.idle()
      await sale.reconcile()
      expect(await sale.order(orderId)).toEqual({ state: 'cancelled', payment: 'refunded', isReturned: true })
      expect(sale.refunds(payment.id).map((entry) => 'amountMinor' in entry && entry.amountMinor)).toEqual(
        refunds,
      )
      expect(await sale.broken()).toEqual([])
    },
  )

  it('leaves the rest to a cancellation, and not more, before it was recorded', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(2)
    await sale.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 500 })
    await sale.cancel(orderId, payment.account)
    await sale.idle()
    expect(await sale.order(orderId)).toMatchObject({ state: 'cancelled', payment: 'refunded' })
    expect(sale.refunds(payment.id).map((entry) => 'amountMinor' in entry && entry.amountMinor)).toEqual([
      500, 1500,
    ])
  })

  it('flags the rest of an order that cannot be cancelled, since one of its tickets was used', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(2)
    const [first, second] = await sale.ticketsOf(orderId)
    expect(await sale.scan(first?.code ?? '')).toMatchObject({ status: 'admitted' })
    await sale.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 2000 })
    expect(foundIn(await sale.reconcile(), payment.id)).toEqual(['reversed-outside: listed'])
    expect(await sale.scan(second?.code ?? '')).toMatchObject({ status: 'flagged', flag: 'refunded' })
    expect(await sale.listedForGate()).toBe(0)
    expect(await sale.attention()).toBe(1)
  })

  it('is found for a charge that is older than the reconciliation window', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(1)
    await sale.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 1000 })
    // For a charge made an hour ago, when only the last second is compared: the scan looks for the refund, not the
    // charge.
    const { findings } = await sale.reconcile({ provider: withoutCharges(sale.provider) })
    expect(findings.map(({ found }) => found)).toContain('reversed-outside')
    expect(await sale.order(orderId)).toMatchObject({ state: 'cancelled' })
  })

  it('is recorded once, however often and by whatever path it is found', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(1)
    await sale.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 1000 })
    const looks = Array.from({ length: 10 }, (_, n) =>
      n % 2 === 0 ? followProvider(sale.deps, payment.id) : sale.reconcile(),
    )
    await Promise.all(looks)
    await followProvider(sale.deps, payment.id)
    expect(await sale.order(orderId)).toMatchObject({ state: 'cancelled', payment: 'refunded' })
    expect(await sale.stock()).toMatchObject({ free: 10, sold: 0, owned: 0 })
    expect(sale.refunds(payment.id)).toHaveLength(1)
    const rows = await db().select().from(reversals).where(eq(reversals.paymentId, payment.id))
    expect(rows).toHaveLength(1)
    const cancelled = await db().select().from(auditLog).where(eq(auditLog.subject, orderId))
    expect(cancelled.map(({ action }) => action)).toEqual(['order.cancel'])
    expect(await sale.broken()).toEqual([])
  })

  it('is scanned for again from the last complete run, when the provider did not respond', async () => {
    const sale = await open()
    const { payment } = await sale.buy(1)
    await sale.reconcile()
    const [before] = await db().select().from(reconcileMarks)
    await sale.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 100 })
    const silent: PaymentProvider = {
      ...sale.provider,
      findReversals: async () => ({ status: 'unknown', cause: new Error('no answer') }),
    }
    expect(foundIn(await sale.reconcile({ provider: silent }), payment.id)).toEqual([
      'reversed-outside: waiting',
    ])
    expect(await db().select().from(reconcileMarks)).toEqual([before])
    expect(foundIn(await sale.reconcile(), payment.id)).toEqual(['reversed-outside: listed'])
  })
})

describe('a dispute made at the provider (H4)', () => {
  const dispute = (chargeKey: string, status: 'open' | 'won' | 'lost') =>
    ({ kind: 'dispute', id: `dp_${chargeKey}`, chargeKey, amountMinor: 1000, status }) as const

  it('flags its tickets while it is open, and lets them admit once it is won', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(1)
    const [ticket] = await sale.ticketsOf(orderId)
    await sale.reverse(dispute(payment.id, 'open'))
    expect(foundIn(await sale.reconcile(), payment.id)).toEqual(['reversed-outside: listed'])
    expect(await sale.scan(ticket?.code ?? '')).toMatchObject({ status: 'flagged', flag: 'disputed' })
    expect(await sale.listedForGate()).toBe(0)
    expect(await sale.attention()).toBe(1)
    await sale.reverse(dispute(payment.id, 'won'))
    await followProvider(sale.deps, payment.id)
    expect(await sale.attention()).toBe(0)
    expect(await sale.scan(ticket?.code ?? '')).toMatchObject({ status: 'admitted' })
    expect(await sale.broken()).toEqual([])
  })

  it.each([
    ['lost', []],
    ['won', [1000]],
  ] as const)(
    'holds the refund of an order that is cancelled meanwhile back until it is %s',
    async (decided, refunds) => {
      const sale = await open()
      const { payment, orderId } = await sale.buy(1)
      await sale.reverse(dispute(payment.id, 'open'))
      await noteReversals(sale.deps, payment.id)
      await sale.cancel(orderId, payment.account)
      await sale.idle()
      await sale.reconcile()
      expect(sale.refunds(payment.id)).toEqual([])
      expect(await sale.order(orderId)).toMatchObject({ state: 'cancelling' })
      await sale.reverse(dispute(payment.id, decided))
      await followProvider(sale.deps, payment.id)
      await sale.reconcile()
      expect(await sale.order(orderId)).toEqual({ state: 'cancelled', payment: 'refunded', isReturned: true })
      expect(sale.refunds(payment.id).map((entry) => 'amountMinor' in entry && entry.amountMinor)).toEqual(
        refunds,
      )
      expect(await sale.broken()).toEqual([])
    },
  )

  it('cancels the order when it is lost, without requesting a refund in addition', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(1)
    await sale.reverse(dispute(payment.id, 'open'))
    await sale.reconcile()
    await sale.reverse(dispute(payment.id, 'lost'))
    expect(foundIn(await sale.reconcile(), payment.id)).toEqual(['reversed-outside: finished'])
    expect(await sale.order(orderId)).toEqual({ state: 'cancelled', payment: 'refunded', isReturned: true })
    await sale.reconcile()
    expect(sale.refunds(payment.id)).toEqual([])
    expect(await sale.broken()).toEqual([])
  })

  it('lets its tickets admit once an organiser has acknowledged it, until it changes again', async () => {
    const sale = await open()
    const { payment, orderId } = await sale.buy(1)
    await sale.reverse(dispute(payment.id, 'open'))
    await noteReversals(sale.deps, payment.id)
    const input = { room: sale.festival.id, id: `dp_${payment.id}`, account: await staff() }
    expect(await settleReversal(sale.deps, { ...input, room: 'another' })).toEqual({ status: 'missing' })
    expect(await settleReversal(sale.deps, input)).toEqual({ status: 'settled' })
    expect(await settleReversal(sale.deps, input)).toEqual({ status: 'closed' })
    const flagOf = async () => (await sale.ticketsOf(orderId))[0]?.flag
    expect(await flagOf()).toBeNull()
    await noteReversals(sale.deps, payment.id)
    expect([await flagOf(), await sale.attention()]).toEqual([null, 0])
    await sale.reverse(dispute(payment.id, 'lost'))
    expect(foundIn(await sale.reconcile(), payment.id)).toEqual(['reversed-outside: finished'])
    expect(await sale.attention()).toBe(1)
  })
})

/** As when every charge is older than the reconciliation window. */
function withoutCharges(provider: PaymentProvider): PaymentProvider {
  return { ...provider, listCharges: async function* () {} }
}
