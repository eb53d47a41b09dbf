import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PROBLEMS, Problem, type ProblemCode } from '../../../shared/api/problem.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { admitFan, heldAnswer, refusedAnswer, useTestPages } from '../../testing/pages.ts'

const { redis } = useRedis()
const pages = useTestPages(redis)
const { answers } = pages
const PAYMENT = randomUUID()
const held = heldAnswer
const refusal = refusedAnswer
const HELD = held()
const goIn = (language?: string) => admitFan(pages, language)

describe('the basket', () => {
  it('is not shown as empty while the shop is unavailable: the page reports that and reloads by itself', async () => {
    const { fan, path, api } = await goIn()
    answers.set(`GET ${api}/hold`, refusal('unavailable'))
    const { status, html, headers } = await fan.open(path)
    expect(status).toBe(503)
    expect(html).toContain('Your tickets stay reserved')
    expect(html).not.toContain('<select')
    expect(headers.get('refresh')).toBe('5')
    answers.set(`GET ${api}/hold`, refusal('hold-missing'))
    expect((await fan.open(path)).html).toContain('Reserve these tickets')
  })

  it.each(['abc', '', '-1', '1.5', '1e1', ' 1', '1000'])(
    'is unchanged after an invalid quantity of “%s”',
    async (odd) => {
      const { fan, path, api } = await goIn()
      const changed: string[] = []
      for (const method of ['PUT', 'DELETE'])
        answers.set(`${method} ${api}/hold`, () => {
          changed.push(method)
          return HELD
        })
      answers.set(`GET ${api}/hold`, HELD)
      const { html } = await fan.send(`${path}/hold`, { 'type-1': odd })
      expect(html).toContain('Nothing has changed')
      expect(changed).toEqual([])
    },
  )

  it('is released by choosing nothing, which the page confirms', async () => {
    const { fan, path, api } = await goIn()
    answers.set(`DELETE ${api}/hold`, { status: 204 })
    answers.set(`GET ${api}/hold`, refusal('hold-missing'))
    const { html } = await fan.send(`${path}/hold`, { 'type-1': '0' })
    expect(html).toContain('Choose at least one ticket')
  })

  it('shows line prices only when they are what will be paid', async () => {
    const { fan, path, api } = await goIn()
    const lines = async (amountMinor: number) => {
      answers.set(`GET ${api}/hold`, held({ amountMinor }))
      return /<ul class="plain">(.*?)<\/ul>/s.exec((await fan.open(path)).html)?.[1]
    }
    expect(await lines(2000)).toContain('₩2,000')
    expect(await lines(1600)).toMatch(/2 × Day/)
    expect(await lines(1600)).not.toContain('₩')
  })

  it('shows that its time is up, unless there is a new hold', async () => {
    const { fan, path, api } = await goIn()
    answers.set(`GET ${api}/hold`, refusal('hold-missing'))
    expect((await fan.open(`${path}?flash=hold-expired`)).html).toContain('Your time ran out')
    answers.set(`GET ${api}/hold`, HELD)
    expect((await fan.open(`${path}?flash=hold-expired`)).html).not.toContain('Your time ran out')
  })

  it.each([
    ['en', 'Reserved for you until 15:24 (South Korea time).', 'Time left: '],
    ['ko', '15:24 (대한민국 시간)까지 선점되어 있습니다.', '남은 시간: '],
  ])('tells until when it is held, and has words for the time left: %s', async (language, until, left) => {
    const { fan, path, api } = await goIn(language)
    answers.set(`GET ${api}/hold`, HELD)
    const { html } = await fan.open(path)
    expect(html).toContain(`<span>${until}</span><span hidden>${left}<strong`)
    expect(html).toContain(`data-next="${path}?flash=hold-expired"`)
  })

  it('asks for no card where there is nothing to pay', async () => {
    const { fan, path, api } = await goIn()
    answers.set(`GET ${api}/hold`, held({ amountMinor: 0 }))
    const { html } = await fan.open(path)
    expect(html).toContain('Get these tickets for free')
    expect(html).not.toContain('<fieldset')
    answers.set(`GET ${api}/hold`, HELD)
    expect((await fan.open(path)).html).toContain('<fieldset')
  })

  it('asks for confirmation before the fan leaves permanently', async () => {
    const { fan, path, api } = await goIn()
    answers.set(`GET ${api}/hold`, HELD)
    expect((await fan.open(path)).html).toMatch(/buy\/leave" data-ask="Leave\? /)
  })
})

describe('M7: a basket that is refused', () => {
  /** The chosen quantity of a type, as the form shows it. */
  const chosenIn = (html: string) =>
    /<select[^>]*id="type-1"[^>]*>.*?<option selected>(\d+)<\/option>/s.exec(html)?.[1]

  async function refuse(lines: object[], code: ProblemCode = 'sold-out', language = 'en') {
    const { fan, path, api } = await goIn(language)
    const body = new Problem(code, undefined, { members: { lines } }).document()
    answers.set(`PUT ${api}/hold`, { status: PROBLEMS[code][0], body })
    answers.set(`GET ${api}/hold`, refusal('hold-missing'))
    const shown = await fan.send(`${path}/hold`, { 'type-1': '4' })
    return { fan, path, location: shown.path }
  }

  it.each([
    ['en', { code: 'sold-out', left: 1 }, 'Day: only 1 left.', '1'],
    ['en', { code: 'sold-out', left: 0 }, 'Day: sold out.', '0'],
    ['en', { code: 'units-held', left: 0, held: 3 }, 'Day: all in other people’s baskets', '0'],
    ['en', { code: 'units-held', left: 2, held: 3 }, 'Day: only 2 left right now', '2'],
    [
      'en',
      { code: 'limit-reached', limit: 4, others: 3 },
      'up to 4 per account, and you already have 3',
      '1',
    ],
    ['en', { code: 'not-on-sale' }, 'Day: not on sale right now.', '0'],
    ['ko', { code: 'sold-out', left: 1 }, 'Day: 1장만 남았습니다.', '1'],
    ['ko', { code: 'limit-reached', limit: 4, others: 0 }, '계정당 최대 4장까지', '4'],
  ])(
    'shows in %s which type was refused, how many are left and what the limit is: %j',
    async (language, line, words, left) => {
      const { fan, location } = await refuse([{ ticketType: 1, ...line }], 'sold-out', language)
      const { html } = await fan.open(location)
      expect(html).toContain(words)
      expect(html).toContain('aria-invalid="true" aria-describedby="refused-1"')
      expect(chosenIn(html)).toBe(left)
    },
  )

  it('preserves the choice of types that are available', async () => {
    const { fan, location } = await refuse([{ ticketType: 2, code: 'sold-out', left: 1 }])
    expect(chosenIn((await fan.open(location)).html)).toBe('4')
  })

  it.each([
    '?flash=sold-out&refused=1.sold-out.1.&chosen=<b>',
    '?flash=sold-out&refused=1.hacked.1._9999.sold-out.1.&chosen=9.999999',
    `?flash=sold-out&refused=${'_'.repeat(5000)}&chosen=${'-'.repeat(5000)}`,
    '?refused=1.limit-reached..&chosen=1.0',
  ])('accepts only types of the festival and numbers from an address: %s', async (query) => {
    const { fan, path } = await refuse([])
    const { status, html } = await fan.open(path + query)
    expect(status).toBe(200)
    // The head contains the entire address, for the language switch.
    const content = html.slice(html.indexOf('<h1>'))
    expect(content).not.toMatch(/<b>-|hacked|9999/)
    expect(chosenIn(content)).toBe('0')
  })
})

describe('a payment', () => {
  const form = { method: 'card-ok', idempotencyKey: 'one', amountMinor: '2000', holdVersion: 'v2' }

  it('that is sent twice leads to the same payment', async () => {
    const { fan, path, payments, api } = await goIn()
    let attempts = 0
    answers.set(`POST ${api}/payments`, () => {
      attempts += 1
      return attempts < 3
        ? refusal('request-in-flight')
        : { status: 202, body: { id: PAYMENT, state: 'accepted' } }
    })
    answers.set(`GET ${api}/payments/${PAYMENT}`, { body: { id: PAYMENT, state: 'charging' } })
    const paid = await fan.send(`${path}/pay`, form)
    expect(paid).toMatchObject({ status: 200, path: `${payments}/${PAYMENT}?continue` })
    expect(attempts).toBe(3)
  })

  it.each([
    ['a card', {}, 'card-ok'],
    ['nothing to pay', { amountMinor: 0, version: 'v0' }, 'free'],
  ])('C3: sends the amount and version that the page shows, with %s', async (_, more, method) => {
    const { fan, path, api } = await goIn()
    answers.set(`GET ${api}/hold`, held(more))
    const { html } = await fan.open(path)
    const fields = Object.fromEntries(
      [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    )
    const asked: unknown[] = []
    answers.set(`POST ${api}/payments`, (body) => {
      asked.push(body)
      return { status: 202, body: { id: PAYMENT, state: 'accepted' } }
    })
    answers.set(`GET ${api}/payments/${PAYMENT}`, { body: { id: PAYMENT, state: 'charging' } })
    await fan.send(`${path}/pay`, { method: 'card-ok', ...fields })
    const { amountMinor, version } = { amountMinor: 2000, version: 'v2', ...more }
    expect(asked).toEqual([{ method, amountMinor, holdVersion: version }])
  })

  it('C3: shows the current basket when it has changed in another tab, and pays nothing', async () => {
    const { fan, path, api } = await goIn()
    answers.set(`POST ${api}/payments`, refusal('hold-changed'))
    answers.set(`GET ${api}/hold`, held({ amountMinor: 3_610_000, version: 'v9' }))
    const { html, path: shown } = await fan.send(`${path}/pay`, form)
    expect(shown).toBe(`${path}?flash=hold-changed`)
    expect(html).toContain('Nothing was charged')
    expect(html).toContain('₩3,610,000')
    expect(html).toContain('name="holdVersion" value="v9"')
  })

  it('C3: pays nothing for a form without an amount, such as one of an older version', async () => {
    const { fan, path, api } = await goIn()
    const asked: unknown[] = []
    answers.set(`POST ${api}/payments`, (body) => {
      asked.push(body)
      return { status: 202, body: { id: PAYMENT, state: 'accepted' } }
    })
    answers.set(`GET ${api}/hold`, HELD)
    for (const amountMinor of [undefined, '', '-1', '1e3']) {
      const { method, idempotencyKey } = form
      const sent = { method, idempotencyKey, ...(amountMinor === undefined ? {} : { amountMinor }) }
      expect((await fan.send(`${path}/pay`, sent)).html).toContain('Check them and pay again')
    }
    expect(asked).toEqual([])
  })

  it('is linked from the basket that it is for', async () => {
    const { fan, path, payments, api } = await goIn()
    answers.set(`GET ${api}/hold`, held({ paying: true, payment: PAYMENT }))
    const { html } = await fan.open(path)
    expect(html).toContain(`href="${payments}/${PAYMENT}"`)
    expect(html).not.toContain('data-timer')
  })

  it.each(['unavailable', 'busy', 'internal'] as const)(
    'is reported as safe while the shop does not return it: %s',
    async (code) => {
      const { fan, payments, api } = await goIn()
      answers.set(`GET ${api}/payments/${PAYMENT}`, refusal(code))
      const { status, html } = await fan.open(`${payments}/${PAYMENT}`)
      expect(status).toBe(503)
      expect(html).toContain('What you paid is safe')
      expect(html).toContain('http-equiv="refresh"')
      expect(html).toContain(`"url":"${api}/payments/${PAYMENT}"`)
    },
  )

  it('that does not exist returns 404', async () => {
    const { fan, payments, api } = await goIn()
    answers.set(`GET ${api}/payments/${PAYMENT}`, refusal('not-found'))
    expect((await fan.open(`${payments}/${PAYMENT}`)).status).toBe(404)
  })
})

describe('a payment that was declined (M4)', () => {
  it.each([
    ['en', false, 'still reserved', true],
    ['en', true, 'your turn has ended', false],
    ['ko', true, '예매 시간이 종료되었', false],
  ] as const)(
    'shows in %s whether the turn has ended (%s), and offers a retry only if not',
    async (language, turnEnded, words, mayTryAgain) => {
      const { fan, path, payments, api } = await goIn(language)
      const declined = { id: PAYMENT, state: 'declined', ...(turnEnded ? { turnEnded } : {}) }
      answers.set(`GET ${api}/payments/${PAYMENT}`, { body: declined })
      const { status, html } = await fan.open(`${payments}/${PAYMENT}`)
      expect(status).toBe(200)
      expect(html).toContain(words)
      expect(html.includes(`class="button big" href="${path}"`)).toBe(mayTryAgain)
    },
  )
})
