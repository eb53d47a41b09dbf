import { describe, expect, it } from 'vitest'
import { createFanRecord, type FanRecord } from '../replay/fan-record.ts'
import { compare } from './compare.ts'
import type { ObservedPayment } from './observer.ts'
import type { ObservedPass } from './pass-observer.ts'
import type { StoredState } from './stored-state.ts'

const FAN = 'fan@naru.test'
const ticket = (id: string) => ({ id, type: 1, number: 1, code: id })

type Order = StoredState['orders'][number]
type Case = {
  record?: Partial<FanRecord>
  observed?: Record<string, Partial<{ ends: string[]; orders: string[]; isDenied: boolean }>>
  payments?: Record<string, 'charging' | 'confirmed' | 'declined' | 'refunding' | 'refunded' | 'expired'>
  orders?: Partial<Order>[]
  charged?: Record<string, { charges: number; retainedMinor: number }>
  owned?: StoredState['owned']
  keys?: Record<string, string[]>
  passes?: Record<string, ObservedPass>
  isCollector?: boolean
}

const observedOf = ({
  ends = [],
  orders = [],
  isDenied = false,
}: NonNullable<Case['observed']>[string]): ObservedPayment => ({
  ends: new Set(ends),
  orders: new Set(orders),
  isDenied,
})

const order: Order = { id: 'o1', payment: 'p1', email: FAN, state: 'owned', tickets: ['t1'], units: 1 }
const BOUGHT = {
  record: { outcome: 'confirmed', orderId: 'o1', tickets: [ticket('t1')] },
  observed: { p1: { ends: ['confirmed'], orders: ['o1'] } },
  payments: { p1: 'confirmed' },
  orders: [order],
  charged: { p1: { charges: 1, retainedMinor: 100 } },
} as const satisfies Case
const WENT_HOME = { record: { outcome: 'rejected', reason: 'sold-out' } } as const satisfies Case

/** The discrepancies, in words. */
function whatOf(given: Case): string[] {
  const record: FanRecord = { ...createFanRecord(0, FAN), ...given.record }
  const stored: StoredState = {
    payments: new Map(
      Object.entries(given.payments ?? {}).map(([id, state]) => [id, { email: FAN, state }] as const),
    ),
    orders: (given.orders ?? []).map((each) => ({ ...order, ...each })),
    charged: new Map(Object.entries(given.charged ?? {})),
    owned: given.owned ?? [],
  }
  const observed = new Map(
    Object.entries(given.observed ?? {}).map(([id, what]) => [id, observedOf(what)] as const),
  )
  const { isCollector = false } = given
  return compare({
    records: [record],
    observed,
    stored,
    passes: new Map(Object.entries(given.passes ?? {})),
    keys: new Map(Object.entries(given.keys ?? {}).map(([key, ids]) => [key, new Set(ids)] as const)),
    maxActive: 2,
    collectors: new Set(isCollector ? [FAN] : []),
  }).map(({ what }) => what)
}

describe('comparing the replies that fans received with the stores', () => {
  it('finds nothing when everything matches', () => {
    expect(whatOf(BOUGHT)).toEqual([])
    expect(whatOf(WENT_HOME)).toEqual([])
    const declined: Case = {
      ...WENT_HOME,
      observed: { p1: { ends: ['declined'] } },
      payments: { p1: 'declined' },
    }
    expect(whatOf(declined)).toEqual([])
    const refunded: Case = {
      ...WENT_HOME,
      observed: { p1: { ends: ['refunded'] } },
      payments: { p1: 'refunded' },
      charged: { p1: { charges: 1, retainedMinor: 0 } },
    }
    expect(whatOf(refunded)).toEqual([])
  })

  it.each<[string, Case, string]>([
    ['an order that is not there', { ...BOUGHT, orders: [] }, 'does not own that order'],
    ['another order', { ...BOUGHT, orders: [{ id: 'o2' }] }, 'does not own that order'],
    ['other tickets', { ...BOUGHT, orders: [{ tickets: ['t2'] }] }, 'does not own exactly their tickets'],
    ['fewer units than tickets', { ...BOUGHT, orders: [{ units: 0 }] }, 'does not own exactly their tickets'],
    ['a second order', { ...BOUGHT, orders: [{}, { id: 'o2', payment: 'p2' }] }, 'more than one order'],
    [
      'an order of someone told "sold out"',
      { ...BOUGHT, ...WENT_HOME, observed: {} },
      'a fan who was told "sold-out" owns an order',
    ],
    [
      'an order of someone told "declined"',
      { ...BOUGHT, record: { outcome: 'declined' }, observed: {} },
      'a fan who was told "declined" owns an order',
    ],
    [
      'a second charge',
      {
        ...BOUGHT,
        payments: { p1: 'confirmed', p2: 'declined' },
        charged: { ...BOUGHT.charged, p2: BOUGHT.charged.p1 },
      },
      'a fan was charged twice',
    ],
    [
      'a charge in vain',
      { ...WENT_HOME, payments: { p1: 'expired' }, charged: BOUGHT.charged },
      'a fan was charged without an order',
    ],
    ['an order for nothing', { ...BOUGHT, charged: {} }, 'an order that was not charged'],
    [
      'what a confirmed fan could not see',
      { ...BOUGHT, record: { ...BOUGHT.record, error: { step: 'verify', detail: 'x' } } },
      'does not see what they own',
    ],
    [
      'more than the limit',
      { ...BOUGHT, owned: [{ email: FAN, type: 1, units: 3, limit: 2 }] },
      'owns more than its limit',
    ],
    [
      'two payments of one key',
      { ...BOUGHT, keys: { k1: ['p1', 'p2'] } },
      'one Idempotency-Key was answered with several payments',
    ],
    [
      'an error',
      { record: { outcome: 'error', error: { step: 'pay', detail: 'x' } } },
      'an error that is not theirs',
    ],
    ['someone in the middle', { record: {} }, 'left in the middle'],
  ])('finds %s', (_, given, what) => {
    expect(whatOf(given).join('\n')).toContain(what)
  })

  it.each<[string, Case, string]>([
    [
      'that ended in two ways',
      { ...BOUGHT, observed: { p1: { ends: ['declined', 'confirmed'] } } },
      'answered with two different ends',
    ],
    [
      'that became two orders',
      { ...BOUGHT, observed: { p1: { orders: ['o1', 'o2'] } } },
      'answered with two orders',
    ],
    ['that is another order', { ...BOUGHT, observed: { p1: { orders: ['o2'] } } }, 'an order that it is not'],
    [
      'that ended otherwise',
      { ...BOUGHT, observed: { p1: { ends: ['declined'] } } },
      'ended otherwise than told',
    ],
    [
      'that was charged twice',
      { ...BOUGHT, charged: { p1: { charges: 2, retainedMinor: 100 } } },
      'payment was charged twice',
    ],
    ['that was denied', { ...BOUGHT, observed: { p1: { isDenied: true } } }, 'no such payment, and there is'],
    [
      'that never ended',
      { ...WENT_HOME, observed: { p1: {} }, payments: { p1: 'charging' } },
      'never came to an end',
    ],
    [
      'whose end nobody heard of',
      { ...WENT_HOME, observed: { p1: {} }, payments: { p1: 'expired' } },
      'never told how a payment ended',
    ],
    ['that is gone', { ...WENT_HOME, observed: { p1: {} } }, 'accepted is gone'],
  ])('finds a payment %s', (_, given, what) => {
    expect(whatOf(given).join('\n')).toContain(what)
  })

  it('allows a collector several orders', () => {
    const second = { id: 'o2', payment: 'p2' }
    const twice: Case = {
      ...BOUGHT,
      orders: [{}, second],
      payments: { p1: 'confirmed', p2: 'confirmed' },
      charged: { ...BOUGHT.charged, p2: BOUGHT.charged.p1 },
      owned: [{ email: FAN, type: 1, units: 2, limit: 2 }],
    }
    expect(whatOf({ ...twice, isCollector: true })).toEqual([])
    expect(whatOf(twice)).not.toEqual([])
  })
})

describe('comparing passes with the requests that the origin accepted', () => {
  const pass = (account: string, position: number, fromMs: number, untilMs: number): ObservedPass => ({
    account,
    position,
    good: { fromMs, untilMs },
  })

  it('finds two that were valid for one position at the same time', () => {
    const twice = { a: pass('one', 7, 0, 10), b: pass('other', 7, 5, 15) }
    expect(whatOf({ ...BOUGHT, passes: twice })).toEqual(['two fans had good passes of one position at once'])
    const later = { a: pass('one', 7, 0, 10), b: pass('other', 7, 10, 15) }
    expect(whatOf({ ...BOUGHT, passes: later })).toEqual([])
    const same = { a: pass('one', 7, 0, 10), b: pass('one', 7, 5, 15) }
    expect(whatOf({ ...BOUGHT, passes: same })).toEqual([])
  })

  it('finds more concurrent passes than the room allows, and ignores those that were used only once', () => {
    const three = { a: pass('a', 1, 0, 10), b: pass('b', 2, 0, 10), c: pass('c', 3, 9, 20) }
    expect(whatOf({ ...BOUGHT, passes: three })).toEqual([
      'more passes were good at the origin than the room allows',
    ])
    expect(whatOf({ ...BOUGHT, passes: { ...three, c: pass('c', 3, 10, 20) } })).toEqual([])
    expect(whatOf({ ...BOUGHT, passes: { ...three, c: { ...three.c, good: undefined } } })).toEqual([])
  })
})
