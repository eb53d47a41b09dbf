import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PROBLEMS, Problem, type ProblemCode } from '../../../shared/api/problem.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { type PlainBrowser, useTestPages } from '../../testing/pages.ts'
import { buyingText } from '../fan/text/buying.ts'
import { roomText } from '../fan/text/room.ts'

const { redis } = useRedis()
const { answers, callEveryone, makeRoom, openBrowser, sessionOf } = useTestPages(redis)
const SESSION = '__Host-naru-session'
const MINUTE_MS = 60_000
const ME = { id: randomUUID(), email: 'fan@naru.test', name: 'Fan', proven: false }

/** Pages on which a fan enters a code or a password while a deadline is running. */
const PAGES: readonly [string, (fan: PlainBrowser) => ReturnType<PlainBrowser['open']>][] = [
  ['signing in', (fan) => fan.open('/sign-in')],
  ['a wrong sign-in code', (fan) => fan.send('/sign-in/code', { challenge: 'c', code: '1', next: '/' })],
  ['confirming an address', (fan) => fan.open('/confirm-email')],
  ['confirming an address by a link', (fan) => fan.open('/confirm-email?token=abc')],
  ['a wrong confirmation code', (fan) => fan.send('/confirm-email', { code: '1', next: '/' })],
  ['a forgotten password', (fan) => fan.open('/forgot-password')],
  ['a link that was sent', (fan) => fan.open('/forgot-password?sent')],
  ['a new password', (fan) => fan.open('/new-password?token=abc')],
  ['the account', (fan) => fan.open('/me/account')],
]

const refusal = (code: ProblemCode) => ({ status: PROBLEMS[code][0], body: new Problem(code).document() })

async function beCalled(language = 'en') {
  const room = await makeRoom({ graceSeconds: 120 })
  const fan = openBrowser(language)
  await fan.send(`/festivals/${room}/room/enter`)
  await callEveryone(room)
  fan.cookies.set(SESSION, sessionOf(randomUUID()))
  answers.set('GET /api/me', { body: ME })
  answers.set('POST /api/sessions/second-factor', refusal('code-wrong'))
  answers.set('POST /api/me/email-confirmation/completion', refusal('confirmation-wrong'))
  return { room, fan }
}

async function goIn(language?: string) {
  const { room, fan } = await beCalled(language)
  await fan.send(`/festivals/${room}/room/claim`)
  return { room, fan, hold: `GET /api/rooms/${room}/hold` }
}

const holdFor = (milliseconds: number, paying = false) => ({
  body: {
    ...{ basket: [{ type: 1, quantity: 2 }], amountMinor: 2000, version: 'v', paying },
    expiresAt: new Date(Date.now() + milliseconds).toISOString(),
  },
})

describe('a page for a code or a password', () => {
  it.each(PAGES)('shows a called fan how long the turn lasts, on the page for %s', async (_, open) => {
    const { room, fan } = await beCalled()
    const { html, headers } = await open(fan)
    expect(html).toMatch(/Go in within [12]:\d\d, or you’ll have to queue again\./)
    expect(html).toContain(`data-next="/festivals/${room}/room"`)
    expect(html).toContain('data-warning="Less than 30 seconds left to go in.')
    expect(html).toContain('src="/assets/timer.js"')
    expect(headers.get('cache-control')).toContain('no-store')
  })

  it.each(PAGES)('shows a fan with a basket how long it is reserved, on the page for %s', async (_, open) => {
    const { room, fan, hold } = await goIn()
    answers.set(hold, holdFor(5 * MINUTE_MS))
    const { html } = await open(fan)
    expect(html).toContain('These tickets are reserved for you.')
    expect(html).toMatch(/Time left: (5:00|4:5\d)/)
    expect(html).toContain(`data-next="/festivals/${room}/buy?flash=hold-expired"`)
  })

  it('shows a fan without a basket how long there is to buy, in Korean too', async () => {
    const { room, fan, hold } = await goIn('ko')
    answers.set(hold, refusal('hold-missing'))
    const { html } = await fan.open('/forgot-password')
    expect(html).toContain(roomText.ko.admitted)
    expect(html).toMatch(new RegExp(`${buyingText.ko.passLeft}: \\d+:\\d\\d`))
    expect(html).toContain(`data-next="/festivals/${room}/buy"`)
  })

  it('shows the earliest deadline among several rooms', async () => {
    const { fan, hold } = await goIn()
    answers.set(hold, holdFor(10 * MINUTE_MS))
    const other = await makeRoom({ graceSeconds: 120 })
    await fan.send(`/festivals/${other}/room/enter`)
    await callEveryone(other)
    const { html } = await fan.open('/forgot-password')
    expect(html).toContain(`data-next="/festivals/${other}/room"`)
    expect(html.split('data-timer=')).toHaveLength(2)
  })

  it('shows no deadline for a basket that is being paid for, nor without a place or pass', async () => {
    const { fan, hold } = await goIn()
    answers.set(hold, holdFor(5 * MINUTE_MS, true))
    for (const browser of [fan, openBrowser()]) {
      expect((await browser.open('/forgot-password')).html).not.toContain('data-timer')
    }
  })
})
