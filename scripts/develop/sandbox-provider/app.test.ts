import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { jsonBody, NO_DIALS, ORDER, openTestSandbox } from './testing.ts'

type App = Awaited<ReturnType<typeof openTestSandbox>>['app']

const charge = (app: App, key: string, body: unknown = ORDER) =>
  app.request('/charges', jsonBody('POST', body, key))
const refund = (app: App, key: string, body: unknown) => app.request('/refunds', jsonBody('POST', body, key))

describe('POST /charges', () => {
  it('returns 201 with the charge, and 200 with the same one on a retry', async () => {
    const { app } = await openTestSandbox()
    const first = await charge(app, 'key-1')
    expect(first.status).toBe(201)
    const made = await first.json()
    expect(made).toEqual({
      id: expect.stringMatching(/^ch_/),
      key: 'key-1',
      ...ORDER,
      outcome: 'succeeded',
      at: '2026-05-01T00:00:00.000Z',
    })
    const repeat = await charge(app, 'key-1')
    expect(repeat.status).toBe(200)
    expect(await repeat.json()).toEqual(made)
  })

  it('returns a decline as 201 with its reason', async () => {
    const { app } = await openTestSandbox()
    const response = await charge(app, 'key-1', { ...ORDER, method: 'card-declined' })
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ outcome: 'declined', reason: 'card-declined' })
  })

  it('returns 422 when the key is reused with another body', async () => {
    const { app } = await openTestSandbox()
    await charge(app, 'key-1')
    const response = await charge(app, 'key-1', { ...ORDER, amountMinor: 1 })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ code: 'idempotency-key-reused' })
  })

  it('returns 500 when the dials make it fail, and 503 when the ledger is full', async () => {
    const { app, dials } = await openTestSandbox({ recordsMax: 1, dials: { errorShare: 1 } })
    const failed = await charge(app, 'key-1')
    expect(failed.status).toBe(500)
    expect(failed.headers.get('content-type')).toBe('application/problem+json')
    expect(await failed.json()).toMatchObject({ code: 'internal' })
    dials.change({ errorShare: 0 })
    await charge(app, 'key-1')
    const full = await charge(app, 'key-2')
    expect(full.status).toBe(503)
    expect(await full.json()).toMatchObject({ code: 'unavailable' })
  })

  it.each([
    ['no key', jsonBody('POST', ORDER), 400, 'idempotency-key-missing'],
    ['an empty key', jsonBody('POST', ORDER, ''), 400, 'idempotency-key-missing'],
    ['a key of 256 characters', jsonBody('POST', ORDER, 'k'.repeat(256)), 422, 'invalid-input'],
    ['a key that is not ASCII', jsonBody('POST', ORDER, 'ké'), 422, 'invalid-input'],
    ['an amount of 0', jsonBody('POST', { ...ORDER, amountMinor: 0 }, 'k'), 422, 'invalid-input'],
    ['half a unit', jsonBody('POST', { ...ORDER, amountMinor: 0.5 }, 'k'), 422, 'invalid-input'],
    ['a currency in lower case', jsonBody('POST', { ...ORDER, currency: 'krw' }, 'k'), 422, 'invalid-input'],
    ['an unknown method', jsonBody('POST', { ...ORDER, method: 'cash' }, 'k'), 422, 'invalid-input'],
    ['an empty reference', jsonBody('POST', { ...ORDER, reference: '' }, 'k'), 422, 'invalid-input'],
    [
      'a body above the limit',
      jsonBody('POST', { ...ORDER, more: 'x'.repeat(1024) }, 'k'),
      413,
      'body-too-large',
    ],
    ['no body', { method: 'POST', headers: { 'idempotency-key': 'k' } }, 422, 'invalid-input'],
    ['half a body', { ...jsonBody('POST', ORDER, 'k'), body: '{"amountMinor":' }, 400, 'bad-request'],
    [
      'a body that is not JSON',
      {
        ...jsonBody('POST', ORDER, 'k'),
        headers: { 'idempotency-key': 'k', 'content-length': '1' },
        body: 'x',
      },
      415,
      'unsupported-media-type',
    ],
  ])('refuses %s', async (_, request, status, code) => {
    const { app, ledger } = await openTestSandbox()
    const response = await app.request('/charges', request)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ code })
    expect(ledger.records).toEqual([])
  })
})

describe('GET /charges/{key}', () => {
  it('returns the charge, also for a key that must be escaped, or else 404', async () => {
    const { app } = await openTestSandbox()
    const key = 'pay/ment 1?%#~'
    const made = await (await charge(app, key)).json()
    const found = await app.request(`/charges/${encodeURIComponent(key)}`)
    expect(found.status).toBe(200)
    expect(await found.json()).toEqual(made)
    const missing = await app.request('/charges/other')
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({ code: 'not-found' })
  })
})

describe('POST /refunds', () => {
  it('returns 201 with the refund, and 200 with the same one on a retry', async () => {
    const { app } = await openTestSandbox()
    await charge(app, 'key-1')
    const body = { chargeKey: 'key-1', amountMinor: 500 }
    const first = await refund(app, 'refund-1', body)
    expect(first.status).toBe(201)
    const made = await first.json()
    const at = '2026-05-01T00:00:00.000Z'
    expect(made).toEqual({ id: expect.stringMatching(/^re_/), key: 'refund-1', ...body, at })
    const repeat = await refund(app, 'refund-1', body)
    expect(repeat.status).toBe(200)
    expect(await repeat.json()).toEqual(made)
  })

  it('gives the reason why it cannot refund', async () => {
    const { app } = await openTestSandbox()
    await charge(app, 'key-1')
    const unknown = await refund(app, 'refund-1', { chargeKey: 'other', amountMinor: 1 })
    expect(unknown.status).toBe(404)
    const tooMuch = await refund(app, 'refund-1', { chargeKey: 'key-1', amountMinor: 12_001 })
    expect(tooMuch.status).toBe(422)
    expect(await tooMuch.json()).toMatchObject({
      code: 'invalid-input',
      detail: "Of the charge's 12000, 0 is refunded and 12000 is left; 12001 is more",
    })
  })
})

describe('GET /ledger', () => {
  it('lists charges and refunds in order, page by page', async () => {
    const { app } = await openTestSandbox()
    await charge(app, 'key-1')
    await refund(app, 'refund-1', { chargeKey: 'key-1', amountMinor: 500 })
    const first = await app.request('/ledger?limit=1')
    expect(await first.json()).toMatchObject({ entries: [{ seq: 1, kind: 'charge', key: 'key-1' }], next: 1 })
    const second = await app.request('/ledger?after=1')
    expect(await second.json()).toMatchObject({
      entries: [{ seq: 2, kind: 'refund', key: 'refund-1' }],
      next: null,
    })
    expect((await app.request('/ledger?limit=1001')).status).toBe(422)
  })
})

describe('the dials', () => {
  it('change only the given settings', async () => {
    const { app } = await openTestSandbox()
    const changed = await app.request('/dials', jsonBody('PUT', { declineShare: 0.5 }))
    expect(changed.status).toBe(200)
    expect(await changed.json()).toEqual({ ...NO_DIALS, declineShare: 0.5 })
    expect(await (await app.request('/dials')).json()).toEqual({ ...NO_DIALS, declineShare: 0.5 })
  })

  it.each([{ errorShare: 1.1 }, { medianMs: -1 }, { p99Ms: 60_001 }, { medianMs: 5 }, { speed: 1 }])(
    'refuse %j',
    async (change) => {
      const { app } = await openTestSandbox()
      expect((await app.request('/dials', jsonBody('PUT', change))).status).toBe(422)
      expect(await (await app.request('/dials')).json()).toEqual(NO_DIALS)
    },
  )
})

describe('the sandbox', () => {
  it('refuses more requests in flight than its limit, and accepts the next once one is done', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const wait = () => {
      begun.resolve()
      return promise
    }
    const { app } = await openTestSandbox({ inFlightMax: 1, dials: { medianMs: 9, p99Ms: 9 }, wait })
    const slow = charge(app, 'key-1')
    await begun.promise
    const refused = await charge(app, 'key-2')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await refused.json()).toMatchObject({ code: 'busy' })
    expect((await app.request('/healthz')).status).toBe(200)
    resolve()
    expect((await slow).status).toBe(201)
    expect((await charge(app, 'key-2')).status).toBe(201)
  })

  it('describes itself in OpenAPI 3.1', async () => {
    const { app } = await openTestSandbox()
    const documentSchema = z.object({ openapi: z.literal('3.1.0'), paths: z.record(z.string(), z.unknown()) })
    const document = documentSchema.parse(await (await app.request('/openapi.json')).json())
    const paths = [
      '/charges',
      '/charges/{key}',
      '/charges/{key}/abandon',
      '/refunds',
      '/outside',
      '/charges/{key}/reversals',
      '/ledger',
      '/dials',
      '/beacon/public/{round}',
      '/healthz',
    ]
    expect(Object.keys(document.paths)).toEqual(paths)
  })

  it('returns 404 for unknown paths', async () => {
    const { app } = await openTestSandbox()
    expect(await (await app.request('/nothing')).json()).toMatchObject({ code: 'not-found' })
  })
})
