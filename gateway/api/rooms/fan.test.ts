import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PROBLEMS, Problem } from '../../../shared/api/problem.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { passCookie } from '../../../shared/tokens/cookies.ts'
import { type PlainBrowser, stepOf, useTestPages } from '../../testing/pages.ts'

const { redis } = useRedis()
const { answers, callEveryone, gateway, keys, makeRoom, openBrowser, sessionOf } = useTestPages(redis)
const SESSION = '__Host-naru-session'
const ORDER = randomUUID()
const PAYMENT = randomUUID()
const NOTHING = { orders: 0, tickets: 0 }
const BOUGHT = { orders: 1, tickets: 2, order: ORDER }

/** A fan whose pass has been used up, with the place and the pass still in this browser's cookies. */
async function finish(purchase: object, language = 'en') {
  const room = await makeRoom()
  const [fan, account] = [openBrowser(language), randomUUID()]
  await fan.send(`/festivals/${room}/room/enter`)
  await callEveryone(room)
  fan.cookies.set(SESSION, sessionOf(account))
  await fan.send(`/festivals/${room}/room/claim`)
  const { pass, passes, counts } = roomKeys(room)
  await redis().hdel(pass, account)
  await redis().zrem(passes, account)
  await redis().hset(counts, `${account}:1`, 2)
  answers.set(`GET /api/rooms/${room}/purchase`, { body: purchase })
  return { room, fan, account, path: `/festivals/${room}` }
}

const ask = async (browser: PlainBrowser, path: string) => {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const response = await gateway().app.request(path, { headers: { cookie } })
  return [response.status, await response.json()] as const
}

describe('H8: a fan who has bought', () => {
  it.each(['/buy', '/room', '/room?flash=pass-ended', '/room?flash=place-used', '/buy?flash=hold-expired'])(
    'is shown the tickets, and neither an ended pass nor a queue, on every tab and history entry: %s',
    async (entry) => {
      const { fan, path } = await finish(BOUGHT)
      const first = await fan.open(path + entry)
      const { html } = first.location?.endsWith('/buy') ? await fan.open(`${path}/room`) : first
      expect(html).toContain('<h2>You have your tickets</h2>')
      expect(html).toContain(`href="/orders/${ORDER}"`)
      expect(html).not.toContain('role="alert"')
      expect(stepOf(html)).toEqual([])
    },
  )

  it('is shown the tickets on another device too, and in Korean', async () => {
    const { account, path } = await finish(BOUGHT)
    const laptop = openBrowser('ko')
    laptop.cookies.set(SESSION, sessionOf(account))
    const { html } = await laptop.open(`${path}/room`)
    expect(html).toContain('예매가 완료되었습니다')
    expect(stepOf(html)).toEqual([])
  })

  it('is shown the tickets after submitting forms of an old tab', async () => {
    const { fan, path } = await finish(BOUGHT)
    for (const form of ['/room/claim', '/buy/hold', '/buy/pay']) {
      await fan.send(path + form, { 'type-1': '1', method: 'card-ok', amountMinor: '1', holdVersion: 'v' })
      const { html } = await fan.open(`${path}/buy`)
      expect(html).toContain('<h2>You have your tickets</h2>')
    }
  })

  it('may queue for more, and is shown the tickets meanwhile', async () => {
    const { fan, path } = await finish(BOUGHT)
    const { html } = await fan.open(`${path}/room`)
    expect(html).toContain(`href="${path}/room?more"`)
    const again = await fan.open(`${path}/room?more`)
    expect(stepOf(again.html)).toEqual(['enter'])
    expect(again.html).toContain('Queue again only if you want to buy more.')
    const entered = await fan.send(`${path}/room/enter`)
    expect(stepOf(entered.html)).toEqual(['waiting'])
    expect(entered.html).toContain(`href="/orders/${ORDER}"`)
  })

  it('is sent to an open payment, however long ago the pass ended', async () => {
    const { fan, path } = await finish({ ...NOTHING, payment: PAYMENT })
    const { html } = await fan.open(`${path}/room?flash=pass-ended`)
    expect(html).toContain('We’re processing your payment')
    expect(html).toContain(`href="${path}/payments/${PAYMENT}"`)
    expect(html).not.toContain('role="alert"')
    expect(stepOf(html)).toEqual([])
  })

  it('is shown no ended pass while the shop does not report what was bought', async () => {
    const { room, fan, path } = await finish(BOUGHT)
    const body = new Problem('unavailable').document()
    answers.set(`GET /api/rooms/${room}/purchase`, { status: PROBLEMS.unavailable[0], body })
    const { html } = await fan.open(`${path}/room?flash=pass-ended`)
    expect(html).toContain('Anything you have bought is safe.')
    expect(html).not.toContain('role="alert"')
    expect(stepOf(html)).toEqual([])
  })

  it('counts as having bought nothing when everything counted was returned', async () => {
    const { fan, path } = await finish(NOTHING)
    const { html } = await fan.open(`${path}/room?flash=pass-ended`)
    expect(html).toContain('role="alert"')
    expect(stepOf(html)).toEqual(['enter'])
  })

  it('causes no origin request for accounts that have nothing', async () => {
    const { room, fan, account, path } = await finish(BOUGHT)
    let asked = 0
    answers.set(`GET /api/rooms/${room}/purchase`, () => {
      asked += 1
      return { body: BOUGHT }
    })
    await fan.open(`${path}/room`)
    expect(asked).toBe(1)
    await redis().hdel(roomKeys(room).counts, `${account}:1`)
    expect(stepOf((await fan.open(`${path}/room`)).html)).toEqual(['enter'])
    expect(asked).toBe(1)
  })
})

describe('the page of a festival whose tickets a fan has', () => {
  it('shows the fan how many there are, and links to them and to buying more', async () => {
    const { fan, path } = await finish(BOUGHT)
    const { html, headers } = await fan.open(path)
    expect(html).toContain('<h2>You have your tickets</h2><p>2 tickets for ')
    expect(html).toContain(`<a class="button big" href="/orders/${ORDER}">See my tickets</a>`)
    expect(html).toContain(`href="${path}/room?more"`)
    expect(html).not.toContain(`href="${path}/room"`)
    expect(headers.get('cache-control')).toBe('private, no-store')
  })

  it('links to a payment in progress', async () => {
    const { fan, path } = await finish({ ...NOTHING, payment: PAYMENT })
    expect((await fan.open(path)).html).toContain(`href="${path}/payments/${PAYMENT}"`)
  })

  it('is the shared page for a fan who has nothing, and leaves the ended pass to the waiting room', async () => {
    const { fan, path } = await finish(NOTHING)
    const { html, headers } = await fan.open(path)
    expect(html).toBe((await openBrowser().open(path)).html)
    expect(headers.get('cache-control')).toBe('private, no-cache')
    expect((await fan.open(`${path}/room`)).html).toContain('Your time to buy is over.')
  })

  it('reports that tickets cannot be checked while the stores that count them fail', async () => {
    const { room, fan, path } = await finish(BOUGHT)
    await redis().set(roomKeys(room).counts, 'no hash')
    const { html, status } = await fan.open(path)
    expect(status).toBe(200)
    expect(html).toContain('<h2>We can’t check your tickets right now</h2>')
    expect((await openBrowser().open(path)).html).not.toContain('We can’t check')
  })
})

describe('H8: what a fan has in a sale', () => {
  it('is returned as one status: none, admitted, elsewhere, paying or bought', async () => {
    const { room, fan, account } = await finish(BOUGHT)
    const me = `/api/rooms/${room}/me`
    expect(await ask(fan, me)).toMatchObject([200, { status: 'bought', order: ORDER, tickets: 2 }])
    answers.set(`GET /api/rooms/${room}/purchase`, { body: { ...NOTHING, payment: PAYMENT } })
    expect(await ask(fan, me)).toMatchObject([200, { status: 'paying', payment: PAYMENT }])
    answers.set(`GET /api/rooms/${room}/purchase`, { body: NOTHING })
    expect(await ask(fan, me)).toMatchObject([200, { status: 'over' }])

    await redis().zadd(roomKeys(room).passes, Date.now() + 60_000, account)
    await redis().hset(roomKeys(room).pass, account, JSON.stringify({ id: 'another', position: 0 }))
    expect(await ask(fan, me)).toMatchObject([200, { status: 'elsewhere' }])
    const pass = keys.verifiers.pass(fan.cookies.get(`__Host-${passCookie(room)}`) ?? '')
    const id = pass.status === 'valid' ? pass.claims.jti : ''
    await redis().hset(roomKeys(room).pass, account, JSON.stringify({ id, position: 0 }))
    expect(await ask(fan, me)).toMatchObject([200, { status: 'admitted' }])

    const other = openBrowser()
    other.cookies.set(SESSION, sessionOf(randomUUID()))
    expect(await ask(other, me)).toMatchObject([200, { status: 'none' }])
    expect(await ask(openBrowser(), me)).toMatchObject([401, { code: 'token-missing' }])
  })

  it('is returned to programs that send a session as a bearer token', async () => {
    const { room, account } = await finish(BOUGHT)
    const authorization = `Bearer ${sessionOf(account)}`
    const response = await gateway().app.request(`/api/rooms/${room}/me`, { headers: { authorization } })
    expect(await response.json()).toMatchObject({ status: 'bought', order: ORDER })
  })
})

describe('H8: the page of a payment', () => {
  const order = {
    id: ORDER,
    number: 'ABCD-1234',
    festival: 'x',
    state: 'owned',
    amountMinor: 2000,
    currency: 'KRW',
    createdAt: '2026-05-01T06:00:00.000Z',
    tickets: [1, 2].map((number) => ({ type: 1, typeName: 'Day', number })),
  }

  async function paid(state: string, more: object = {}) {
    const { room, fan, path } = await finish(BOUGHT)
    answers.set(`GET /api/rooms/${room}/payments/${PAYMENT}`, { body: { id: PAYMENT, state, ...more } })
    answers.set(`GET /api/orders/${ORDER}`, { body: order })
    answers.set('GET /api/me', { body: { name: 'Fan', email: 'fan@naru.test' } })
    return { room, open: () => fan.open(`${path}/payments/${PAYMENT}`) }
  }

  it('shows what was bought, for when and where, the order number, and who is e-mailed', async () => {
    const { open } = await paid('confirmed', { order: ORDER })
    const { html } = await open()
    expect(html).toContain('<h1>You have your tickets</h1>')
    expect(html).toContain('<dd>2 × Day</dd>')
    expect(html).toContain('<dd>Seoul</dd>')
    expect(html).toContain('<dd class="tabular">ABCD-1234</dd>')
    expect(html).toContain('A confirmation e-mail is on its way to fan@naru.test.')
    expect(html).toContain(`href="/orders/${ORDER}"`)
  })

  it('shows what is available while the origin does not return the rest', async () => {
    const { open } = await paid('confirmed', { order: ORDER })
    answers.set(`GET /api/orders/${ORDER}`, { status: 503, body: new Problem('unavailable').document() })
    answers.set('GET /api/me', { status: 503, body: new Problem('unavailable').document() })
    const { status, html } = await open()
    expect(status).toBe(200)
    expect(html).toContain('<h1>You have your tickets</h1>')
    expect(html).not.toContain('e-mail is on its way')
  })

  it('shows that the order has been cancelled', async () => {
    const { open } = await paid('confirmed', { order: ORDER })
    answers.set(`GET /api/orders/${ORDER}`, { body: { ...order, state: 'cancelled' } })
    const { html } = await open()
    expect(html).toContain('<h1>Cancelled</h1>')
    expect(html).not.toContain('You have your tickets')
  })

  it.each(['declined', 'expired'])('offers no retry when another payment has bought: %s', async (state) => {
    const { room, open } = await paid(state)
    const { html } = await open()
    expect(html).toContain('<h2>You have your tickets</h2>')
    expect(html).not.toContain('Try again')
    answers.set(`GET /api/rooms/${room}/purchase`, { body: NOTHING })
    expect((await open()).html).toContain('Try again')
  })
})
