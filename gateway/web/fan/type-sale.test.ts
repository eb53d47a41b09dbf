import { expect, it } from 'vitest'
import { testFestival } from '../../../shared/testing/catalogue.ts'
import type { Status } from '../../room/status.ts'
import { orderPage } from '../account/mine.ts'
import { buyPage } from './buy.ts'
import { festivalPage } from './festival.ts'

const LOBBY = '2027-01-01T00:00:00.000Z'
const OPENS = '2027-01-01T01:00:00.000Z'
const LATER = '2027-01-02T15:10:00.000Z'
const LATER_IN_SEOUL = '<time datetime="2027-01-03T00:10:00+09:00" data-zone>'
const CLOSES = '2027-01-05T00:00:00.000Z'
const context = {
  language: 'en' as const,
  path: '/',
  assets: { url: (name: string) => `/assets/${name}`, find: () => undefined },
}
/** Independent of the room's clock: a day of the sale, before and after `LATER`. */
const EARLY = Date.parse('2027-01-01T02:00:00.000Z')
const LATE = Date.parse('2027-01-03T00:00:00.000Z')

function saleOf(times: { saleFrom?: string; saleTo?: string }, priceMinor = 1000) {
  const room = { id: 'f', order: 'arrival' as const, lobbyAt: LOBBY, opensAt: OPENS, closesAt: CLOSES }
  const type = { id: 1, name: 'Day', priceMinor, accountLimit: 4, refundUntil: LATER }
  const festival = testFestival('f', {
    ...{ at: CLOSES, room },
    ticketTypes: [{ ...type, saleFrom: OPENS, saleTo: CLOSES, ...times }],
  })
  const status: Status = {
    ...{ room: 'f', phase: 'open', lobbyAt: LOBBY, opensAt: OPENS, closesAt: CLOSES, entries: 0 },
    ...{ serving: -1, ratePerSecond: 1, shop: 'up', proofOfWork: false, stale: false },
    ticketTypes: [{ type: 1, availability: 'plenty', mayReturn: 0 }],
    poll: { nearPositions: 1, nearSeconds: 1, farSeconds: 1, jitterShare: 0 },
  }
  return { festival, status }
}

const onFestival = async (times: Parameters<typeof saleOf>[0], now: number) =>
  String(await festivalPage(context, saleOf(times), now))

const NONE = { chosen: [], lines: [] }

async function onBuy(times: Parameters<typeof saleOf>[0], now: number, { held = 0, priceMinor = 1000 } = {}) {
  const sale = saleOf(times, priceMinor)
  const basket = [{ type: 1, quantity: held }]
  const hold =
    held === 0 ? undefined : { basket, amountMinor: 0, version: 'v', expiresAt: CLOSES, paying: false }
  return String(
    await buyPage(context, {
      ...{ ...sale, hold, now, passUntil: CLOSES },
      ...{ checkout: undefined, idempotencyKey: 'k', refused: NONE },
    }),
  )
}

it('shows when a ticket type is on sale where that differs from its room', async () => {
  const FROM = `On sale from ${LATER_IN_SEOUL}`
  const UNTIL = `On sale until ${LATER_IN_SEOUL}`
  for (const shown of [onFestival, onBuy]) {
    expect(await shown({}, EARLY)).not.toMatch(/[Oo]n sale (from|until|yet)|longer on sale/)
    expect(await shown({ saleFrom: LATER }, EARLY)).toContain(FROM)
    expect(await shown({ saleFrom: LATER }, LATE)).not.toContain('On sale from')
    expect(await shown({ saleTo: LATER }, EARLY)).toContain(UNTIL)
    expect(await shown({ saleTo: LATER }, LATE)).toContain('No longer on sale')
    expect(await shown({ saleTo: LATER }, LATE)).not.toContain('On sale until')
  }
  expect(await onFestival({}, EARLY)).toContain('Plenty left')
  expect(await onFestival({ saleTo: LATER }, LATE)).not.toContain('Plenty left')
})

it('offers no type that is not on sale now, and preserves what is held of it', async () => {
  expect(await onBuy({}, EARLY)).toContain('name="type-1"')
  expect(await onBuy({ saleFrom: LATER }, EARLY)).not.toContain('name="type-1"')
  // A room that was opened by hand before the announced time, which fans still see.
  expect(await onBuy({}, Date.parse(LOBBY))).toContain('Not on sale yet')
  expect(await onBuy({ saleTo: LATER }, LATE)).not.toContain('name="type-1"')
  const held = await onBuy({ saleTo: LATER }, LATE, { held: 2 })
  expect([...held.matchAll(/<option([^>]*)>(\d)</g)].map(([, mark, n]) => `${n}${mark}`)).toEqual([
    '0',
    '1',
    '2 selected',
  ])
})

it('labels types without a price as free', async () => {
  expect(await onBuy({}, EARLY, { priceMinor: 0 })).toMatch(/<span class="soft small">Free<\/span>/)
})

it('shows the minute until which an order may be cancelled, and its time zone', async () => {
  // Ten minutes past midnight in Seoul: the day alone would suggest nearly a day more.
  const minute = `${LATER_IN_SEOUL}Sun 3 January 2027, 00:10<span> (South Korea time)</span></time>`
  expect(await onFestival({}, EARLY)).toContain(`Cancel until ${minute}`)
  const { festival } = saleOf({})
  const refundUntil = '2096-01-02T15:10:00.000Z'
  const ticketTypes = festival.ticketTypes.map((type) => ({ ...type, refundUntil }))
  const ticket = { id: 't', type: 1, typeName: 'Day', number: 1, code: 'c', qr: 'q', typed: '1', void: false }
  const order = {
    id: 'o',
    number: 'K7MP-3XQ2',
    festival: 'f',
    amountMinor: 1000,
    currency: 'KRW',
    createdAt: OPENS,
    payment: 'p',
    ...{ cancelledAt: null, ticketCount: 1, refundedMinor: 0, refunds: [] },
    holder: 'Kim',
  }
  const html = orderPage(context, {
    order: { ...order, state: 'owned', tickets: [ticket] },
    tickets: [{ ticket, code: '' }],
    number: 1,
    festival: { ...festival, ticketTypes },
    flash: undefined,
    at: OPENS,
  })
  expect(String(await html)).toMatch(
    /You can cancel until <time[^>]*>Tue 3 January 2096, 00:10<span> \(South Korea time\)<\/span><\/time>\./,
  )
})
