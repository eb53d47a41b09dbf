import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Payment } from '../../../shared/api/payments.ts'
import type { Checkout } from '../../../shared/checkout.ts'
import { GIVEN_UP } from '../../../shared/expiry-reasons.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { admitFan, heldAnswer, refusedAnswer, TEST_CHECKOUT, useTestPages } from '../../testing/pages.ts'

const { redis } = useRedis()
const STRIPE: Checkout = {
  ...{ provider: 'stripe', publicKey: 'pk_test_1', methods: [{ id: 'payment-element', kind: 'script' }] },
  ...{ scriptOrigins: ['https://js.stripe.test'], connectOrigins: ['https://api.stripe.test'] },
  ...{ frameOrigins: ['https://hooks.stripe.test'], formOrigins: ['https:'] },
}
const pages = useTestPages(redis)
const stripe = useTestPages(redis, { checkout: STRIPE })

const PAYMENT = randomUUID()
const BANK = 'https://bank.test/pay?of=1'
const REDIRECT = { kind: 'redirect', url: BANK } as const
const SCRIPT = { kind: 'script', parameters: { clientSecret: 'secret</script><b>' } } as const
const DEPOSIT = { kind: 'deposit', bank: '국민은행', accountNumber: '123-456-789', holder: 'Naru' } as const

/** A payment that waits for its fan. */
function waiting(action: Payment['action']): Payment {
  const until = '2026-05-01T06:24:00.000Z'
  return { id: PAYMENT, state: 'action', ...{ action, until, amountMinor: 2000, currency: 'KRW' } }
}

/** An admitted fan with a payment that waits for them, and the requests that their pages send to change it. */
async function payWith(action: Payment['action'], { language = 'en', site = pages } = {}) {
  const { fan, path, payments, api } = await admitFan(site, language)
  const url = `${payments}/${PAYMENT}`
  const requests: string[] = []
  const answerOf = (name: string, answer: Parameters<typeof site.answers.set>[1]) =>
    site.answers.set(name, (body) => {
      requests.push(name.replace(api, ''))
      return typeof answer === 'function' ? answer(body) : answer
    })
  site.answers.set(`GET ${api}/payments/${PAYMENT}`, { body: waiting(action) })
  const completion = `POST ${api}/payments/${PAYMENT}/completion`
  const abandonment = `DELETE ${api}/payments/${PAYMENT}`
  return { fan, path, api, url, requests, answerOf, completion, abandonment }
}

const policyOf = ({ headers }: { headers: Headers }) => headers.get('content-security-policy') ?? ''

describe('a payment that waits for its fan on another page', () => {
  it.each([
    ['en', 'until 15:24', 'Continue to payment', 'Pay another way'],
    ['ko', '15:24 (대한민국 시간)까지', '결제 계속하기', '다른 방법으로 결제하기'],
  ])(
    'shows in %s how long the tickets are held, the way there, and another way',
    async (language, ...words) => {
      const { fan, url } = await payWith(REDIRECT, { language })
      const { html, headers } = await fan.open(url)
      for (const each of words) expect(html).toContain(each)
      expect(html).toContain(`href="${url}/continue"`)
      expect(html).toContain(`data-timer="2026-05-01T06:24:00.000Z" data-next="${url}"`)
      expect(html).toContain(`action="${url}/abandon"`)
      expect(headers.get('refresh')).toBeNull()
      expect(headers.get('cache-control')).toBe('no-store')
    },
  )

  it('leads there without JavaScript and without a click after the choice to pay, and at no later visit', async () => {
    const { fan, path, api, url } = await payWith(REDIRECT)
    pages.answers.set(`POST ${api}/payments`, { status: 202, body: { id: PAYMENT, state: 'accepted' } })
    const form = { method: 'bank', idempotencyKey: 'one', amountMinor: '2000', holdVersion: 'v2' }
    const paid = await fan.send(`${path}/pay`, form)
    expect(paid.path).toBe(`${url}?continue`)
    // A redirect would be one of the form's, to which browsers apply the form's policy.
    expect(paid.status).toBe(200)
    expect(paid.headers.get('refresh')).toBe(`0;url=${url}/continue`)
    const there = await fan.open(`${url}/continue`)
    expect(there).toMatchObject({ status: 303, location: BANK })
    expect((await fan.open(url)).headers.get('refresh')).toBeNull()
  })

  it('leads to its own page once nothing is to be done', async () => {
    const { fan, api, url } = await payWith(REDIRECT)
    pages.answers.set(`GET ${api}/payments/${PAYMENT}`, { body: { id: PAYMENT, state: 'declined' } })
    expect(await fan.open(`${url}/continue`)).toMatchObject({ status: 200, path: url })
  })
})

describe('coming back from the provider', () => {
  it('completes the payment, whatever the address says, and shows it under its own', async () => {
    const { fan, url, requests, answerOf, completion } = await payWith(REDIRECT)
    const bodies: unknown[] = []
    answerOf(completion, (body) => {
      bodies.push(body)
      return { body: { id: PAYMENT, state: 'confirmed' } }
    })
    const back = await fan.open(`${url}/return?amount=1&status=paid&payment=${randomUUID()}`)
    expect(back).toMatchObject({ status: 200, path: url })
    expect(requests).toEqual([`POST /payments/${PAYMENT}/completion`])
    expect(bodies).toEqual([undefined])
  })

  it('may happen twice', async () => {
    const { fan, url, requests, answerOf, completion } = await payWith(REDIRECT)
    answerOf(completion, { body: { id: PAYMENT, state: 'confirmed' } })
    for (const _ of [1, 2]) expect((await fan.open(`${url}/return`)).path).toBe(url)
    expect(requests).toHaveLength(2)
  })

  it('shows the payment also while the shop cannot complete it', async () => {
    const { fan, url, answerOf, completion } = await payWith(REDIRECT)
    answerOf(completion, refusedAnswer('unavailable'))
    const { status, path, html } = await fan.open(`${url}/return`)
    expect([status, path]).toEqual([200, url])
    expect(html).toContain('Continue to payment')
  })

  it('asks a fan whose session has ended to sign in, and then shows the payment', async () => {
    const { fan, url, requests, answerOf, completion } = await payWith(REDIRECT)
    answerOf(completion, { body: {} })
    fan.cookies.clear()
    const { path } = await fan.open(`${url}/return?status=paid`)
    expect(path).toBe(`/sign-in?next=${encodeURIComponent(url)}`)
    expect(requests).toEqual([])
  })

  it("of another fan's payment shows nothing of it", async () => {
    const { fan, api, url, answerOf, completion } = await payWith(REDIRECT)
    answerOf(completion, refusedAnswer('not-found'))
    pages.answers.set(`GET ${api}/payments/${PAYMENT}`, refusedAnswer('not-found'))
    expect((await fan.open(`${url}/return`)).status).toBe(404)
  })
})

describe('paying another way', () => {
  it('cancels the payment and leads to the basket, which says so', async () => {
    const { fan, path, api, url, requests, answerOf, abandonment } = await payWith(REDIRECT)
    answerOf(abandonment, { status: 204 })
    pages.answers.set(`GET ${api}/hold`, heldAnswer())
    const left = await fan.send(`${url}/abandon`)
    expect(left.path).toBe(`${path}?flash=payment-cancelled`)
    expect(left.html).toContain('You’ve cancelled that payment')
    expect(left.html).toContain('<fieldset')
    expect(requests).toEqual([`DELETE /payments/${PAYMENT}`])
  })

  it.each([
    ['en', 'You cancelled this payment. You haven’t been charged.', 'in time'],
    ['ko', '결제를 취소하셨습니다. 청구되지 않았습니다.', '제한 시간 안에'],
  ])(
    'is told in %s as what it was, and not as a payment that took too long',
    async (language, words, late) => {
      const { fan, api, url } = await payWith(REDIRECT, { language })
      const expired = { id: PAYMENT, state: 'expired' }
      pages.answers.set(`GET ${api}/payments/${PAYMENT}`, { body: { ...expired, reason: GIVEN_UP } })
      const { html } = await fan.open(url)
      expect(html).toContain(words)
      expect(html).not.toContain(late)
      pages.answers.set(`GET ${api}/payments/${PAYMENT}`, { body: expired })
      expect((await fan.open(url)).html).toContain(late)
    },
  )

  it('shows the payment when it was made meanwhile', async () => {
    const { fan, url, answerOf, abandonment } = await payWith(REDIRECT)
    answerOf(abandonment, { body: { id: PAYMENT, state: 'confirmed' } })
    expect((await fan.send(`${url}/abandon`)).path).toBe(url)
  })

  it('is possible again later when the provider does not answer, which the page says', async () => {
    const { fan, url, answerOf, abandonment } = await payWith(REDIRECT)
    answerOf(abandonment, refusedAnswer('unavailable'))
    const { path, html } = await fan.send(`${url}/abandon`)
    expect(path).toBe(`${url}?flash=unavailable`)
    expect(html).toContain('role="alert"')
    expect(html).toContain('Pay another way')
  })
})

describe('a payment that waits for its fan on our page', () => {
  const dataIn = (html: string): unknown =>
    JSON.parse(/id="action-data">(.*?)<\/script>/s.exec(html)?.[1] ?? 'null')

  it("has the data of the provider's module, which cannot end their element", async () => {
    const { fan, url } = await payWith(SCRIPT, { site: stripe })
    const { html } = await fan.open(`${url}?continue`)
    expect(html).toContain('/assets/stripe-action.js')
    expect(dataIn(html)).toMatchObject({
      ...{ payment: PAYMENT, publicKey: 'pk_test_1', parameters: SCRIPT.parameters, starts: true },
      returnUrl: `https://naru.test${url}/return`,
    })
    expect(dataIn((await fan.open(url)).html)).toMatchObject({ starts: false })
    expect(html).toContain('use a browser with JavaScript on')
  })

  it("loads the sandbox's module for the sandbox", async () => {
    const { fan, url } = await payWith(SCRIPT)
    expect((await fan.open(url)).html).toContain('/assets/sandbox-action.js')
  })
})

describe('a payment that waits for a deposit', () => {
  it.each([
    [
      'en',
      ['국민은행', '123-456-789', 'Naru', '₩2,000', 'Fri 1 May 2026, 15:24', 'Copy number', 'is refunded'],
    ],
    [
      'ko',
      ['국민은행', '123-456-789', 'Naru', '2,000원', '2026.05.01(금) 15:24', '계좌번호 복사', '환불됩니다'],
    ],
  ])('shows in %s the account, the amount, and until when', async (language, facts) => {
    const { fan, url } = await payWith(DEPOSIT, { language })
    const { html } = await fan.open(url)
    for (const fact of facts) expect(html).toContain(fact)
    expect(html).not.toContain('data-timer')
  })
})

describe('the policy of pages', () => {
  it('allows the chosen provider on the page that pays with its module, and on no other', async () => {
    const { fan, path, api, url } = await payWith(SCRIPT, { site: stripe })
    stripe.answers.set(`GET ${api}/hold`, refusedAnswer('hold-missing'))
    for (const other of ['/', path.replace('/buy', ''), path.replace('/buy', '/room'), path, '/sign-in'])
      expect(policyOf(await fan.open(other)), other).not.toContain('stripe')
    stripe.answers.set(`GET ${api}/hold`, heldAnswer({ paying: true, payment: PAYMENT }))
    expect(policyOf(await fan.open(path))).not.toContain('stripe')
    stripe.answers.set(`GET ${api}/hold`, heldAnswer())
    for (const paying of [path, url]) {
      const policy = policyOf(await fan.open(paying))
      expect(policy).toContain("script-src 'self' https://js.stripe.test;")
      expect(policy).toContain("connect-src 'self' https://api.stripe.test;")
      expect(policy).toMatch(/frame-src https:\/\/hooks\.stripe\.test(;|$)/)
      expect(policy).toContain("form-action 'self' https:;")
      expect(policy).toContain("default-src 'none';")
      expect(policy).toContain("frame-ancestors 'none'")
    }
    stripe.answers.set(`GET ${api}/payments/${PAYMENT}`, { body: waiting(REDIRECT) })
    expect(policyOf(await fan.open(url))).not.toContain('stripe')
  })

  it('allows the sandbox where its own module needs it', async () => {
    const { fan, path, api, url } = await payWith(SCRIPT)
    expect(policyOf(await fan.open(url))).toContain(`connect-src 'self' ${TEST_CHECKOUT.connectOrigins[0]};`)
    pages.answers.set(`GET ${api}/hold`, heldAnswer())
    expect(policyOf(await fan.open(path))).not.toContain('http')
  })

  it("lets a provider's window tell the page how it ended, on the page that pays alone", async () => {
    const { fan, path, api, url } = await payWith(SCRIPT, { site: stripe })
    const openerOf = async (path: string) => (await fan.open(path)).headers.get('cross-origin-opener-policy')
    expect(await openerOf(url)).toBe('same-origin-allow-popups')
    stripe.answers.set(`GET ${api}/hold`, refusedAnswer('hold-missing'))
    expect(await openerOf(path)).toBe('same-origin')
  })
})

describe("Stripe's form", () => {
  it('is in the place of the methods, and names the method itself', async () => {
    const { fan, path, api } = await payWith(SCRIPT, { site: stripe })
    stripe.answers.set(`GET ${api}/hold`, heldAnswer())
    const { html } = await fan.open(path)
    expect(html).toContain('data-part="provider-form"')
    expect(html).toContain('<input type="hidden" name="method" value="">')
    expect(html).toContain('{"publicKey":"pk_test_1","amount":2000,"currency":"KRW"}')
    expect(html).toContain('/assets/stripe-form.js')
    expect(html).not.toContain('<fieldset')
  })
})
