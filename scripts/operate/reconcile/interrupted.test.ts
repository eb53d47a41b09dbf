import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import type { PaymentProvider } from '../../../origin/payments/provider.ts'
import { publishTestFestival } from '../../../origin/testing/origin.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { type CancelSale, openCancelSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/** A sale without background work after responses. */
const open = () => openCancelSale({ db: db(), redis: redis() }, { cancellations: { take: () => {} } })

describe('a cancellation that is interrupted', () => {
  const failing = (provider: PaymentProvider, way: 'before' | 'after'): PaymentProvider => ({
    ...provider,
    async refund(request) {
      if (way === 'after') await provider.refund(request)
      return { status: 'unknown', cause: new Error('no answer') }
    },
  })

  it.each(['before', 'after'] as const)(
    'stays on its way when the provider says nothing (it fails %s refunding), and is finished by reconciling',
    async (way) => {
      const sale = await open()
      const { orderId, payment } = await sale.buy(2)
      await sale.cancel(orderId, payment.account)
      const provider = failing(sale.provider, way)
      expect(await sale.giveBack(orderId, { provider })).toMatchObject({ status: 'refund-unknown' })
      expect(await sale.order(orderId)).toMatchObject({ state: 'cancelling', payment: 'refunding' })
      expect((await sale.seePayment(payment.id, payment.account)).body).toMatchObject({ state: 'refunding' })
      expect((await sale.cancel(orderId, payment.account)).status).toBe(202)
      expect(await sale.broken()).toEqual([])
      await endsWell(sale, orderId, payment.id)
    },
  )

  type Step = 'orderReturning' | 'orderReturn'

  /** A Redis that calls a function before a given step. */
  const intercepted = (step: Step, instead: (run: () => Promise<unknown>) => Promise<unknown>) =>
    new Proxy(redis(), {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name !== step) return value.bind(target)
        return (...args: unknown[]) => instead(async () => Reflect.apply(value, target, args))
      },
    })

  const interrupted = (step: Step, way: 'before' | 'after') =>
    intercepted(step, async (run) => {
      if (way === 'after') await run()
      throw new Error('the process died here')
    })

  it.each([
    ['orderReturning', 'before'],
    ['orderReturning', 'after'],
    ['orderReturn', 'before'],
    ['orderReturn', 'after'],
  ] as const)('is finished by reconciling when it dies at %s, %s it was done', async (command, way) => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    await sale.cancel(orderId, payment.account)
    await expect(sale.giveBack(orderId, { redis: interrupted(command, way) })).rejects.toThrow('died')
    expect(await sale.broken()).toEqual([])
    await endsWell(sale, orderId, payment.id)
  })

  it('is finished by reconciling when its background work never began', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    await sale.cancel(orderId, payment.account)
    expect(await sale.broken()).toEqual([])
    await endsWell(sale, orderId, payment.id)
  })

  it('waits while Redis does not know the room', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    await sale.cancel(orderId, payment.account)
    const settings = await redis().hgetall(sale.keys.settings)
    await redis().del(sale.keys.settings)
    expect(await sale.giveBack(orderId)).toEqual({ status: 'room-absent' })
    expect(await sale.order(orderId)).toMatchObject({ state: 'cancelling' })
    await redis().hset(sale.keys.settings, settings)
    await endsWell(sale, orderId, payment.id)
  })

  it('returns nothing to a room that was built after its units were free in MySQL', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    await sale.cancel(orderId, payment.account)
    const dying = interrupted('orderReturn', 'before')
    await expect(sale.giveBack(orderId, { redis: dying })).rejects.toThrow('died')
    // As after a rebuild: from MySQL, in a new epoch.
    await redis().hset(sale.keys.settings, 'epoch', '2')
    await redis().hset(sale.keys.stock, `free:${sale.type}`, 10, `sold:${sale.type}`, 0)
    await redis().del(sale.keys.counts)
    await endsWell(sale, orderId, payment.id)
  })

  it('waits while the room is being restored', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    await sale.cancel(orderId, payment.account)
    await redis().hset(sale.keys.settings, 'restoringUntil', Date.now() + 60_000)
    expect(await sale.giveBack(orderId)).toEqual({ status: 'room-absent' })
    await redis().hdel(sale.keys.settings, 'restoringUntil')
    await endsWell(sale, orderId, payment.id)
  })

  it('prevents a rebuild from counting its units while they are being freed', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    await sale.cancel(orderId, payment.account)
    let rebuilding: Promise<void> | undefined
    // Redis is wiped right after it has noted the order, and rebuilt before MySQL can commit.
    const wiped = intercepted('orderReturning', async (run) => {
      const reply = await run()
      let isDone = false
      rebuilding = wipe(sale).finally(() => {
        isDone = true
      })
      // InnoDB refreshes this table once it has not been read for 100 ms.
      await expect.poll(async () => isDone || (await waitsForLock()), { interval: 150 }).toBe(true)
      return reply
    })
    expect(await sale.giveBack(orderId, { redis: wiped })).toEqual({ status: 'finished' })
    await rebuilding
    expect(await sale.stock()).toEqual({ free: 10, held: 0, sold: 0, owned: 0 })
    expect((await sale.broken()).filter((line) => /^[1-4] /.test(line))).toEqual([])
  })

  async function waitsForLock(): Promise<boolean> {
    const [rows] = await db().execute(
      sql`select trx_id from information_schema.innodb_trx where trx_state = 'LOCK WAIT'`,
    )
    return Array.isArray(rows) && rows.length > 0
  }

  /** Redis loses the room, which is then rebuilt from MySQL. */
  async function wipe(sale: CancelSale): Promise<void> {
    const names = await redis().keys(`room:{${sale.festival.id}}:*`)
    await redis().del(...names.filter((name) => name !== sale.keys.payments))
    await publishTestFestival({ db: db(), redis: redis() }, sale.festival.id)
    await expect.poll(() => sale.stock()).toMatchObject({ held: 0 })
  }

  it.each<[string, (sale: CancelSale, order: string) => Promise<unknown>]>([
    ['before anything was done', async () => {}],
    [
      'when it was about to be free',
      (sale, order) => sale.giveBack(order, { redis: interrupted('orderReturning', 'after') }),
    ],
    [
      'when it was free in MySQL',
      (sale, order) => sale.giveBack(order, { redis: interrupted('orderReturn', 'before') }),
    ],
    [
      'when it was free in both',
      (sale, order) => sale.giveBack(order, { redis: interrupted('orderReturn', 'after') }),
    ],
  ])('counts its units once when Redis is wiped %s', async (_, step) => {
    const sale = await open()
    await sale.buy(1)
    const { orderId, payment } = await sale.buy(2)
    await sale.cancel(orderId, payment.account)
    await step(sale, orderId).catch(() => {})
    await wipe(sale)
    await sale.reconcile()
    expect(await sale.order(orderId)).toEqual({ state: 'cancelled', payment: 'refunded', isReturned: true })
    expect(await sale.stock()).toEqual({ free: 9, held: 0, sold: 1, owned: 1 })
    expect((await sale.broken()).filter((line) => /^[1-4] /.test(line))).toEqual([])
  })

  async function endsWell(sale: CancelSale, order: string, payment: string) {
    const { findings } = await sale.reconcile()
    const own = findings.filter((finding) => finding.order === order)
    expect(own).toMatchObject([{ found: 'cancellation-unfinished', done: 'finished' }])
    expect(await sale.order(order)).toEqual({ state: 'cancelled', payment: 'refunded', isReturned: true })
    expect(sale.refunds(payment)).toHaveLength(1)
    expect(await sale.stock()).toEqual({ free: 10, held: 0, sold: 0, owned: 0 })
    expect(await redis().hlen(sale.keys.returning)).toBe(0)
    expect(await sale.broken()).toEqual([])
    const again = await sale.reconcile()
    expect(again.findings.filter((finding) => finding.order === order)).toEqual([])
  }
})
