import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { BankEnding } from './pages.ts'
import { jsonBody, NOW_MS, ORDER, openTestSandbox } from './testing.ts'
import type { WebhookEvent } from './webhooks.ts'

const RETURN_URL = 'http://shop.test/festivals/f/payments/p/return'
const UNTIL = new Date(NOW_MS + 600_000).toISOString()

const chargeSchema = z.object({
  action: z.object({ path: z.string().optional(), secret: z.string().optional() }),
})

/** A sandbox with one open charge, `key-1`. */
async function openCharge(method: 'bank' | 'script' | 'deposit') {
  const sent: WebhookEvent[] = []
  let outcomeWhenSent: string | undefined
  const sandbox = await openTestSandbox({
    webhooks: {
      async send(event) {
        outcomeWhenSent = sandbox.charges.states.read(event.payment)?.outcome
        sent.push(event)
        return true
      },
    },
  })
  const order = { ...ORDER, method, returnUrl: RETURN_URL, until: UNTIL }
  const made = await sandbox.app.request('/charges', jsonBody('POST', order, 'key-1'))
  const { action } = chargeSchema.parse(await made.json())
  const post = (path: string, fields: Record<string, string>) =>
    sandbox.app.request(`http://localhost${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://localhost' },
      body: new URLSearchParams(fields).toString(),
    })
  const { path = '', secret = '' } = action
  return { ...sandbox, sent, path, secret, post, outcomeWhenSent: () => outcomeWhenSent }
}

describe("the bank's page", () => {
  it('shows the amount and every ending, without scripts and without being framed', async () => {
    const { app, path } = await openCharge('bank')
    const page = await app.request(path)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    const text = await page.text()
    expect(text).toContain('₩12,000')
    expect(text).toContain('value="approve-never"')
    expect(text).not.toContain('<script')
  })

  it('sends the fan back after approval, and keeps showing the way back', async () => {
    const { app, path, post, sent, charges } = await openCharge('bank')
    const approved = await post(path, { ending: 'approve' })
    expect(approved.status).toBe(303)
    const back = `${RETURN_URL}?payment=key-1&status=succeeded&amount=12000`
    expect(approved.headers.get('location')).toBe(back)
    expect(charges.states.read('key-1')).toMatchObject({ outcome: 'succeeded', amountMinor: 12_000 })
    expect(sent).toEqual([{ type: 'payment.succeeded', payment: 'key-1' }])
    expect(await (await app.request(path)).text()).toContain(back.replaceAll('&', '&amp;'))
    expect((await post(path, { ending: 'decline' })).status).toBe(409)
    expect(charges.states.read('key-1')).toMatchObject({ outcome: 'succeeded' })
  })

  it.each<[BankEnding, { status: number; outcome: string; events: number; back: RegExp | undefined }]>([
    ['decline', { status: 303, outcome: 'declined', events: 1, back: /status=declined/ }],
    ['approve-webhook-first', { status: 303, outcome: 'succeeded', events: 1, back: /status=succeeded/ }],
    ['approve-other-amount', { status: 303, outcome: 'succeeded', events: 1, back: /amount=12001/ }],
    ['approve-webhook-only', { status: 200, outcome: 'succeeded', events: 1, back: undefined }],
    ['approve-never', { status: 200, outcome: 'succeeded', events: 0, back: undefined }],
    ['close', { status: 200, outcome: 'open', events: 0, back: undefined }],
  ])('ends with %s as that says', async (ending, expected) => {
    const { path, post, sent, charges } = await openCharge('bank')
    const response = await post(path, { ending })
    expect(response.status).toBe(expected.status)
    const location = response.headers.get('location')
    if (expected.back === undefined) expect(location).toBeNull()
    else expect(location).toMatch(expected.back)
    expect(charges.states.read('key-1')).toMatchObject({ outcome: expected.outcome })
    expect(sent).toHaveLength(expected.events)
  })

  it('offers two ways back where the fan is to return twice', async () => {
    const { path, post } = await openCharge('bank')
    const page = await (await post(path, { ending: 'approve-twice' })).text()
    expect(page.match(/Return to the shop/g)).toHaveLength(2)
  })

  it('records the amount that was charged where the bank charges a wrong one', async () => {
    const { path, post, charges } = await openCharge('bank')
    await post(path, { ending: 'approve-wrong-amount' })
    expect(charges.states.read('key-1')).toMatchObject({ outcome: 'succeeded', amountMinor: 12_001 })
  })

  it('has notified the shop of an outcome on record before the fan is sent back, where that comes first', async () => {
    const { path, post, outcomeWhenSent } = await openCharge('bank')
    await post(path, { ending: 'approve-webhook-first' })
    expect(outcomeWhenSent()).toBe('succeeded')
  })

  it('refuses an ending that there is not, and a payment that there is not', async () => {
    const { app, path, post, charges } = await openCharge('bank')
    expect((await post(path, { ending: 'steal' })).status).toBe(422)
    expect((await post('/pay/other', { ending: 'approve' })).status).toBe(404)
    expect((await app.request('/pay/other')).status).toBe(404)
    expect(charges.states.read('key-1')).toMatchObject({ outcome: 'open' })
  })
})

describe('the script', () => {
  it('may be called from every origin, and ends the charge once', async () => {
    const { post, secret, path, charges, sent } = await openCharge('script')
    const approved = await post(path, { secret, decision: 'approve' })
    expect(approved.status).toBe(204)
    expect(approved.headers.get('access-control-allow-origin')).toBe('*')
    expect((await post(path, { secret, decision: 'decline' })).status).toBe(204)
    expect(charges.states.read('key-1')).toMatchObject({ outcome: 'succeeded' })
    expect(sent).toHaveLength(1)
  })

  it('refuses an unknown secret and an unknown decision', async () => {
    const { post, secret, path } = await openCharge('script')
    expect((await post(path, { secret: 'other', decision: 'approve' })).status).toBe(404)
    expect((await post(path, { secret, decision: 'steal' })).status).toBe(422)
  })
})

describe('the dashboard', () => {
  it('lists payments and lets money arrive for a deposit, in any amount and again', async () => {
    const { app, post, charges, sent } = await openCharge('deposit')
    expect(await (await app.request('/dashboard')).text()).toContain('Waiting for the customer')
    expect(await (await app.request('/dashboard/key-1')).text()).toContain('The money arrives')
    const arrive = (amountMinor: string) => post('/dashboard/key-1/deposits', { amountMinor })
    const arrived = await arrive('11999')
    expect([arrived.status, arrived.headers.get('location')]).toEqual([303, '/dashboard/key-1'])
    await arrive('1')
    expect(charges.states.read('key-1')).toMatchObject({ outcome: 'succeeded', amountMinor: 12_000 })
    expect(sent).toHaveLength(2)
    expect((await arrive('nothing')).status).toBe(422)
  })

  it('refunds in part, refuses more than is left, and notifies the shop', async () => {
    const { path, post, charges, sent } = await openCharge('bank')
    await post(path, { ending: 'approve-never' })
    const refund = (amountMinor: string) =>
      post('/dashboard/key-1/reversals', { kind: 'refund', amountMinor })
    expect((await refund('5000')).status).toBe(303)
    const tooMuch = await refund('7001')
    expect(tooMuch.status).toBe(422)
    expect(await tooMuch.text()).toContain('7000 is left')
    expect((await refund('7000')).status).toBe(303)
    expect(charges.reversals('key-1')).toMatchObject([{ amountMinor: 5000 }, { amountMinor: 7000 }])
    expect(sent).toEqual(Array.from({ length: 2 }, () => ({ type: 'refund.created', payment: 'key-1' })))
  })

  it('opens a dispute and decides it', async () => {
    const { app, path, post, charges } = await openCharge('bank')
    await post(path, { ending: 'approve' })
    await post('/dashboard/key-1/reversals', { kind: 'dispute', amountMinor: '12000' })
    const [dispute] = charges.reversals('key-1')
    expect(dispute).toMatchObject({ kind: 'dispute', status: 'open' })
    expect(await (await app.request('/dashboard/key-1')).text()).toContain('The shop loses')
    const decision = { kind: 'dispute', amountMinor: '12000', id: dispute?.id ?? '', status: 'lost' }
    await post('/dashboard/key-1/reversals', decision)
    expect(charges.reversals('key-1')).toMatchObject([{ id: dispute?.id, status: 'lost' }])
  })

  it('takes no form of another site', async () => {
    const { app, charges } = await openCharge('deposit')
    const foreign = await app.request('http://localhost/dashboard/key-1/deposits', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://evil.test' },
      body: 'amountMinor=12000',
    })
    expect(foreign.status).toBe(403)
    expect(charges.states.read('key-1')).toMatchObject({ outcome: 'open' })
    expect((await app.request('/dashboard/other')).status).toBe(404)
  })
})
