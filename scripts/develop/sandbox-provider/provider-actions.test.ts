import { randomUUID } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import type { ActionRequired, ChargeRequest, ListedCharge } from '../../../origin/payments/provider.ts'
import { createSandboxProvider } from '../../../origin/payments/providers/sandbox.ts'
import { listen } from '../../../shared/http/listen.ts'
import { openTestSandbox } from './testing.ts'

/** The sandbox in this process, and Naru's client of it. */
async function openProvider(options: { isPublic?: boolean } = {}) {
  const sandbox = await openTestSandbox({ now: Date.now })
  const server = await listen(sandbox.app, { hostname: '127.0.0.1', port: 0, connectionsMax: 20 })
  onTestFinished(server.close)
  const url = `http://127.0.0.1:${server.port}`
  const { provider, close } = createSandboxProvider({
    ...{ url, timeoutMs: 5000, connectionsMax: 5 },
    ...(options.isPublic === false ? {} : { publicUrl: url }),
  })
  onTestFinished(close)
  const arrive = (key: string, amountMinor: number) => sandbox.charges.actions.deposit(key, amountMinor)
  return { ...sandbox, url, provider, arrive }
}

const requestOf = (method: string): ChargeRequest => {
  const key = randomUUID()
  return {
    ...{ key, amountMinor: 132_000, currency: 'KRW', method, reference: key },
    ...{ returnUrl: 'http://shop.test/return', until: new Date(Date.now() + 600_000) },
  }
}

function actionOf(charged: { status: string } | ActionRequired): ActionRequired {
  if (!('action' in charged)) throw new Error(`the charge is ${charged.status}`)
  return charged
}

const send = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })

it("charges at the bank's page, which names what the provider has on record", async () => {
  const { provider, url } = await openProvider()
  expect(provider.checkout).toMatchObject({ formOrigins: [url], connectOrigins: [url] })
  const request = requestOf('bank')
  const required = actionOf(await provider.charge(request))
  expect(required).toMatchObject({ action: { kind: 'redirect' }, until: request.until })
  expect(await provider.findCharge(request.key)).toEqual(required)
  if (required.action.kind !== 'redirect') throw new Error('no redirect')
  expect((await send(required.action.url, { ending: 'approve-other-amount' })).status).toBe(303)
  const succeeded = {
    ...{ status: 'succeeded', chargeId: required.chargeId },
    ...{ amountMinor: 132_000, currency: 'KRW' },
  }
  expect(await provider.findCharge(request.key)).toEqual(succeeded)
  expect(await provider.charge(request)).toEqual(succeeded)
  expect(await provider.abandon(request)).toEqual(succeeded)
})

it('charges by a script with a secret, and declines what is declined there', async () => {
  const { provider } = await openProvider()
  const request = requestOf('script')
  const { action } = actionOf(await provider.charge(request))
  if (action.kind !== 'script') throw new Error('no script')
  const { url = '', secret = '' } = action.parameters
  expect((await send(url, { secret, decision: 'decline' })).status).toBe(204)
  expect(await provider.findCharge(request.key)).toEqual({ status: 'declined', reason: 'bank-declined' })
})

it('reports what arrived for a deposit: another amount, twice, and after it was abandoned', async () => {
  const { provider, arrive } = await openProvider()
  const depositUntil = new Date(Date.now() + 86_400_000)
  const request = { ...requestOf('deposit'), depositUntil }
  const required = actionOf(await provider.charge(request))
  expect(required).toMatchObject({ action: { kind: 'deposit', bank: 'Sandbox Bank' }, until: depositUntil })
  await arrive(request.key, 131_999)
  expect(await provider.findCharge(request.key)).toMatchObject({ status: 'succeeded', amountMinor: 131_999 })
  await arrive(request.key, 132_000)
  expect(await provider.findCharge(request.key)).toMatchObject({ status: 'succeeded', amountMinor: 263_999 })

  const late = requestOf('deposit')
  await provider.charge(late)
  expect(await provider.abandon(late)).toEqual({ status: 'abandoned' })
  expect(await provider.findCharge(late.key)).toEqual({ status: 'declined', reason: 'cancelled' })
  await arrive(late.key, 132_000)
  expect(await provider.findCharge(late.key)).toMatchObject({ status: 'succeeded', amountMinor: 132_000 })
})

it('refunds all of a deposit under one key, however much arrived and when', async () => {
  const { provider, arrive, charges } = await openProvider()
  const request = requestOf('deposit')
  await provider.charge(request)
  await arrive(request.key, 132_001)
  const { key: chargeKey, amountMinor, currency } = request
  const refund = { key: `refund-${chargeKey}`, chargeKey, amountMinor, currency }
  const refundedMinor = () =>
    charges.reversals(chargeKey).reduce((sum, reversal) => sum + reversal.amountMinor, 0)
  const many = await Promise.all(Array.from({ length: 5 }, () => provider.refund(refund)))
  expect(new Set(many.map(({ status }) => status))).toEqual(new Set(['refunded']))
  expect(refundedMinor()).toBe(132_001)
  await arrive(chargeKey, 132_000)
  expect(await provider.refund(refund)).toEqual({ status: 'refunded' })
  expect(await provider.refund(refund)).toEqual({ status: 'refunded' })
  expect(refundedMinor()).toBe(264_001)
})

it('refunds parts exactly, once for each key, and refuses more than remains', async () => {
  const { provider, charges } = await openProvider()
  const request = requestOf('card-ok')
  await provider.charge(request)
  const { key: chargeKey, currency } = request
  const part = (key: string, amountMinor: number) =>
    provider.refund({ key, chargeKey, amountMinor, currency, part: true })
  expect(await part('a', 100_000)).toEqual({ status: 'refunded' })
  expect(await part('a', 100_000)).toEqual({ status: 'refunded' })
  expect(await part('b', 32_001)).toEqual({
    status: 'refused',
    reason: expect.stringContaining('32000 is left'),
  })
  await charges.reverse({ kind: 'refund', chargeKey, amountMinor: 2000 })
  const whole = { key: 'c', chargeKey, amountMinor: 132_000, currency }
  expect(await provider.refund(whole)).toEqual({ status: 'refunded' })
  const found = await provider.findReversals?.({ key: chargeKey, chargeId: '' })
  expect(found).toMatchObject({
    reversals: [{ key: 'a', amountMinor: 100_000 }, { amountMinor: 2000 }, { key: 'c', amountMinor: 30_000 }],
  })
  expect(found?.status === 'found' && found.reversals[1]).not.toHaveProperty('key')
})

it('lists charges that wait for the fan as open, and deposits with all that arrived', async () => {
  const { provider, arrive } = await openProvider()
  const [open, abandoned, paid] = [requestOf('bank'), requestOf('bank'), requestOf('deposit')]
  for (const request of [open, abandoned, paid]) await provider.charge(request)
  await provider.abandon(abandoned)
  await arrive(paid.key, 1000)
  await arrive(paid.key, 2000)
  const listed = new Map<string, ListedCharge>()
  for await (const charge of provider.listCharges?.({ since: new Date(0) }) ?? [])
    listed.set(charge.key, charge)
  expect(listed.get(open.key)).toMatchObject({ status: 'open', amountMinor: 132_000 })
  expect(listed.get(abandoned.key)).toMatchObject({ status: 'declined' })
  expect(listed.get(paid.key)).toMatchObject({ status: 'succeeded', amountMinor: 3000 })
})

it('offers cards alone, and opens no other charge, where browsers do not reach the sandbox', async () => {
  const { provider } = await openProvider({ isPublic: false })
  expect(provider.checkout.methods.map(({ kind }) => kind)).toEqual(['direct', 'direct'])
  expect(provider.checkout.formOrigins).toEqual([])
  const request = requestOf('bank')
  expect(await provider.charge(request)).toEqual({ status: 'declined', reason: 'method not available' })
  expect(await provider.findCharge(request.key)).toEqual({ status: 'none' })
})
