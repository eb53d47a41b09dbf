import { describe, expect, it } from 'vitest'
import type { Festival } from '../../../shared/catalogue.ts'
import type { Checkout } from '../../../shared/checkout.ts'
import { testFestival } from '../../../shared/testing/catalogue.ts'
import { TEST_CHECKOUT } from '../../testing/pages.ts'
import type { Language } from '../i18n/translated.ts'
import { buyPage } from './buy.ts'

const NOW = Date.parse('2027-05-01T00:00:00Z')
const SOON = '2027-05-20T15:00:00.000Z'
const LATER = '2027-06-01T03:00:00.000Z'
const OVER = '2027-04-01T00:00:00.000Z'
const [CLOSES, STARTS, ENDS] = [
  '2027-06-04T00:00:00.000Z',
  '2027-06-05T09:00:00.000Z',
  '2027-06-05T14:00:00.000Z',
]

type TypeTimes = { refundUntil?: string; priceMinor?: number }

function festivalOf(types: readonly TypeTimes[], more: Partial<Festival> = {}): Festival {
  return testFestival('lights', {
    ...{ name: 'Han River Lights', place: 'Yeouido', startsAt: STARTS, endsAt: ENDS },
    room: { id: 'lights', order: 'arrival', lobbyAt: OVER, opensAt: OVER, closesAt: CLOSES },
    ticketTypes: types.map(({ refundUntil = SOON, priceMinor = 50_000 }, i) => ({
      ...{ id: i + 1, name: `Type ${i + 1}`, priceMinor, accountLimit: 4 },
      ...{ saleFrom: OVER, saleTo: CLOSES, refundUntil },
    })),
    ...more,
  })
}

/** The page of a basket with one ticket of each type. */
async function pageOf(
  festival: Festival,
  {
    checkout = TEST_CHECKOUT,
    language = 'en',
  }: { checkout?: Checkout | undefined; language?: Language } = {},
): Promise<string> {
  const assets = { url: (name: string) => `/assets/${name}`, find: () => undefined }
  const hold = {
    basket: festival.ticketTypes.map(({ id }) => ({ type: id, quantity: 1 })),
    amountMinor: festival.ticketTypes.reduce((sum, { priceMinor }) => sum + priceMinor, 0),
    ...{ version: 'v', expiresAt: CLOSES, paying: false },
  }
  const html = await buyPage(
    { language, path: '/', assets },
    {
      ...{ festival, status: undefined, hold, checkout, passUntil: CLOSES, idempotencyKey: 'k' },
      ...{ refused: { chosen: [], lines: [] }, now: NOW },
    },
  )
  return String(html).replaceAll(/<time[^>]*>|<\/time>|<span>( \(.*?\))<\/span>/g, '$1')
}

const choicesIn = (html: string) =>
  [...html.matchAll(/name="method" value="([^"]*)"( checked)?> <span>(.*?)(?:<br>|<\/span>)/g)].map(
    ([, id, checked, name]) => `${id}${checked === undefined ? '' : ' (chosen)'}: ${name}`,
  )

describe('the review before paying', () => {
  it.each([
    [
      'en',
      'Sat 5 June 2027, 18:00 – 23:00',
      '₩50,000',
      'get a full refund until Fri 21 May 2027, 00:00 (South Korea time).',
    ],
    [
      'ko',
      '2027.06.05(토) 18:00 – 23:00',
      '50,000원',
      '2027.05.21(금) 00:00 (대한민국 시간)까지 취소하면 전액 환불됩니다.',
    ],
  ] as const)(
    'shows in %s what, when, where, the price and the refund rule',
    async (language, when, price, rule) => {
      const html = await pageOf(festivalOf([{}]), { language })
      for (const fact of ['1 × Type 1', 'Yeouido', when, price, rule]) expect(html).toContain(fact)
      expect(html.match(new RegExp(price, 'g'))?.length).toBeGreaterThanOrEqual(2)
    },
  )

  it('shows one rule for all types with the same deadline, and else one for each', async () => {
    const same = await pageOf(festivalOf([{}, {}]))
    expect(same.match(/full refund/g)).toHaveLength(1)
    const different = await pageOf(festivalOf([{}, { refundUntil: LATER }, { refundUntil: OVER }]))
    expect(different).toMatch(/Type 1: You can cancel and get a full refund until Fri 21 May/)
    expect(different).toMatch(/Type 2: You can cancel and get a full refund until Tue 1 June/)
    expect(different).toMatch(/Type 3: The cancellation deadline has passed/)
  })

  it('promises no refund of free tickets', async () => {
    const html = await pageOf(festivalOf([{ priceMinor: 0 }]))
    expect(html).toContain('You can cancel until Fri 21 May')
    expect(html).not.toContain('full refund')
  })
})

describe('the choice of how to pay', () => {
  const deposit = { hours: 24 }

  it.each([
    [
      'en',
      [
        'card-ok (chosen): Test card: accepted',
        'bank: On a bank’s page (test)',
        'deposit: Bank transfer (test)',
      ],
    ],
    [
      'ko',
      [
        'card-ok (chosen): 테스트 카드: 승인',
        'bank: 은행 페이지에서 결제(테스트)',
        'deposit: 무통장입금(테스트)',
      ],
    ],
  ] as const)("names the provider's methods in %s, and chooses the first", async (language, expected) => {
    const choices = choicesIn(await pageOf(festivalOf([{}], { deposit }), { language }))
    expect(choices).toHaveLength(TEST_CHECKOUT.methods.length)
    expect(choices).toEqual(expect.arrayContaining([...expected]))
  })

  it('has no deposits where the organiser takes none', async () => {
    const choices = choicesIn(await pageOf(festivalOf([{}])))
    expect(choices).toHaveLength(TEST_CHECKOUT.methods.length - 1)
    expect(choices.join()).not.toContain('deposit')
  })

  it("has the methods that take the festival's currency, and names those of a newer origin by their kind", async () => {
    const checkout: Checkout = {
      ...TEST_CHECKOUT,
      provider: 'portone',
      methods: [
        { id: 'card', kind: 'script', currencies: ['KRW'] },
        { id: 'wire', kind: 'redirect', currencies: ['USD'] },
        { id: 'pigeon', kind: 'redirect' },
      ],
    }
    const html = await pageOf(festivalOf([{}]), { checkout })
    expect(choicesIn(html)).toEqual(['card (chosen): Card', 'pigeon: Pay on the payment provider’s page'])
    expect(html).not.toContain('Test mode')
  })

  it('tells how long tickets are held while the fan is at a bank, if a method leads there', async () => {
    expect(await pageOf(festivalOf([{}]))).toContain('up to 10 minutes')
    const methods = TEST_CHECKOUT.methods.filter(({ kind }) => kind === 'direct')
    expect(await pageOf(festivalOf([{}]), { checkout: { ...TEST_CHECKOUT, methods } })).not.toContain(
      'minutes;',
    )
  })

  it('says that paying is not possible where no method is known or takes the currency', async () => {
    const none = { ...TEST_CHECKOUT, methods: [{ id: 'card', kind: 'direct' as const, currencies: ['USD'] }] }
    const html = await pageOf(festivalOf([{}]), { checkout: none })
    expect(html).toContain('We can’t take payments right now')
    expect(html).not.toContain('/buy/pay')
  })

  it('is not asked for where there is nothing to pay, whatever the provider', async () => {
    const html = await pageOf(festivalOf([{ priceMinor: 0 }]), {
      checkout: { ...TEST_CHECKOUT, methods: [] },
    })
    expect(html).toContain('Get these tickets for free')
    expect(choicesIn(html)).toEqual([])
  })
})

describe('the seller at checkout', () => {
  const seller = { sellerName: 'Waves <Ltd.>', sellerRegistration: '123-45-67890', sellerPhone: '02-1' }

  it('is shown in both languages, with what is known', async () => {
    const festival = festivalOf([{}], { seller })
    const english = await pageOf(festival)
    expect(english).toContain('<dt>Seller</dt><dd>Waves &lt;Ltd.&gt;</dd>')
    expect(english).not.toContain('Mail-order')
    expect(await pageOf(festival, { language: 'ko' })).toContain(
      '<dt>사업자등록번호</dt><dd>123-45-67890</dd>',
    )
  })

  it('is not shown for free tickets, or where it is not known', async () => {
    expect(await pageOf(festivalOf([{ priceMinor: 0 }], { seller }))).not.toContain('Sold by')
    expect(await pageOf(festivalOf([{}]))).not.toContain('Sold by')
  })
})
