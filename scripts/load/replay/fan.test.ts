import { describe, expect, it } from 'vitest'
import { openFakeGateway } from './fake-gateway.ts'
import { problem } from './fake-sale.ts'
import { sendFan } from './testing.ts'

const EMAIL = 'fan-0@replay.naru.test'

describe('a fan who gets a ticket', () => {
  it('completes every step, and learns which order and tickets are theirs', async () => {
    const gateway = await openFakeGateway()
    const { record, crowd } = await sendFan(gateway)
    const [payment] = gateway.payments
    expect(record).toMatchObject({
      outcome: 'confirmed',
      email: EMAIL,
      orderId: payment?.order,
      error: undefined,
    })
    expect(record.tickets).toMatchObject([{ id: `ticket-of-${payment?.order}`, type: payment?.type }])
    expect(crowd).toMatchObject({
      arrived: 1,
      entered: 1,
      admitted: 1,
      waiting: 0,
      active: 0,
      paid: 1,
      errors: 0,
    })
    const { verify, ...others } = crowd.samples
    expect(Object.values(others).map(({ length }) => length)).toEqual(Object.values(others).map(() => 1))
    expect(verify).toEqual([])
  })

  it('sends each token only to its routes', async () => {
    const gateway = await openFakeGateway()
    await sendFan(gateway)
    expect(gateway.asked('claim')).toMatchObject([{ token: `session ${EMAIL}`, body: { place: 'place 0' } }])
    expect(gateway.asked('hold')).toMatchObject([{ token: `pass ${EMAIL}` }])
    expect(gateway.asked('pay')).toMatchObject([{ token: `pass ${EMAIL}`, body: { method: 'card-ok' } }])
    expect(gateway.asked('payment')).toMatchObject([{ token: `session ${EMAIL}` }])
    expect(gateway.asked('order')).toMatchObject([{ token: `session ${EMAIL}` }])
    expect(gateway.asked('enter')[0]?.body).toEqual({ key: expect.stringMatching(/^[\w-]{22}$/) })
  })

  it('polls at the pace of the status, with conditional requests', async () => {
    const gateway = await openFakeGateway()
    gateway.settings.pollsBeforeCalls = 4
    const { record, pausesMs } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    const looks = gateway.asked('status')
    expect(looks.map(({ etag }) => etag)).toEqual([undefined, '"[open,-1]"', '"[open,-1]"', '"[open,-1]"'])
    const near = pausesMs.slice(0, 3)
    expect(near.every((ms) => ms >= 1600 && ms <= 2400)).toBe(true)
  })

  it('buys another type when the preferred one is sold out', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('hold', problem(409, 'sold-out'))
    const { record } = await sendFan(gateway)
    const [first, second] = gateway.asked('hold').map(({ body }) => body)
    expect(record.outcome).toBe('confirmed')
    expect(first).not.toEqual(second)
    expect({ basket: [{ type: record.tickets[0]?.type, quantity: 1 }] }).toEqual(second)
  })

  it('keeps trying while others hold all that is left, and gets released units', async () => {
    const gateway = await openFakeGateway()
    const held = problem(409, 'units-held')
    gateway.spoil('hold', held, problem(409, 'sold-out'), held, held)
    const { record, pausesMs } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    const types = gateway
      .asked('hold')
      .map(({ body }) => (body as { basket: { type: number }[] }).basket[0]?.type)
    expect(types).toHaveLength(5)
    // A sold-out type is not requested again.
    expect(new Set(types.filter((_, i) => i !== 1))).toEqual(new Set([types[0]]))
    expect(pausesMs.slice(0, 3).every((ms) => ms >= 700 && ms <= 1300)).toBe(true)
  })

  it('pays again with a new key when the card is declined', async () => {
    const gateway = await openFakeGateway()
    gateway.settings.declines = 2
    const { record } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    expect(new Set(gateway.asked('pay').map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3)
  })

  it('polls a payment until it is settled, less often as it takes longer', async () => {
    const gateway = await openFakeGateway()
    const charging = { status: 200, body: { id: 'p', state: 'charging' } }
    gateway.spoil('payment', charging, charging, charging, charging, charging, charging)
    const { record, pausesMs } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    const wantedMs = [250, 375, 562.5, 843.75, 1000, 1000, 1000]
    expect(pausesMs.map((ms, i) => Math.round(ms / (wantedMs[i] ?? 0)))).toEqual(wantedMs.map(() => 1))
  })

  it('claims again until a slot is free', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('claim', problem(409, 'no-free-slot', 3), problem(409, 'no-free-slot', 3))
    const { record, pausesMs } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    expect(pausesMs.filter((ms) => ms === 3000)).toHaveLength(2)
  })

  it('continues to wait when the claim reports that they are not called', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('claim', problem(409, 'not-called'))
    expect((await sendFan(gateway)).record.outcome).toBe('confirmed')
  })

  it('restores the place once in a room that is being restored, and continues to wait', async () => {
    const gateway = await openFakeGateway()
    gateway.settings.pollsBeforeCalls = 5
    const restoring = { ...(gateway.answer.status(ANONYMOUS).body ?? {}), phase: 'restoring', serving: -1 }
    gateway.spoil('status', { status: 200, body: restoring }, { status: 200, body: restoring })
    const { record } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    expect(gateway.asked('place').map(({ token }) => token)).toEqual(['place 0'])
  })

  it('claims with the place at the end of the line when another fan had theirs first', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('claim', problem(409, 'place-moved'))
    const moved = { index: 0, position: 0, called: true, place: 'place 0', movedFrom: 9 }
    gateway.spoil('place', { status: 200, body: moved })
    expect((await sendFan(gateway)).record.outcome).toBe('confirmed')
    expect(gateway.asked('place')).toHaveLength(1)
    expect(gateway.entries).toHaveLength(1)
  })

  it('claims again with their place when the room was restored', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('hold', problem(409, 'room-restored'))
    gateway.spoil('pay', problem(409, 'room-restored'))
    const { record } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    expect(gateway.asked('enter')).toHaveLength(1)
    expect(gateway.asked('claim')).toHaveLength(3)
  })

  it('enters again with a new place when the turn was missed', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('claim', problem(409, 'turn-missed'))
    const { record, crowd } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    expect(gateway.entries).toHaveLength(2)
    expect(gateway.asked('signUp')).toHaveLength(1)
    expect(crowd).toMatchObject({ entered: 1, turnsMissed: 1, waiting: 0, active: 0 })
  })
})

describe('a fan who gets no ticket', () => {
  it('is rejected on entering when all is sold', async () => {
    const gateway = await openFakeGateway()
    gateway.always('enter', problem(409, 'sold-out'))
    const { record, crowd } = await sendFan(gateway)
    expect(record).toMatchObject({ outcome: 'rejected', reason: 'sold-out', error: undefined })
    expect(crowd).toMatchObject({ entered: 0, rejected: 1, errors: 0 })
  })

  it.each(['sold-out', 'closed'])(
    'is rejected while waiting when the room is %s, and does not sign up',
    async (phase) => {
      const gateway = await openFakeGateway()
      gateway.settings.pollsBeforeCalls = Number.POSITIVE_INFINITY
      gateway.always('signUp', problem(503, 'busy', 2))
      gateway.settings.phase = phase
      const { record, crowd } = await sendFan(gateway)
      expect(record).toMatchObject({ outcome: 'rejected', reason: phase, error: undefined })
      expect(crowd).toMatchObject({ waiting: 0, rejected: 1, errors: 0 })
    },
  )

  it('is rejected on claiming when all is sold before a slot is free', async () => {
    const gateway = await openFakeGateway()
    gateway.always('claim', problem(409, 'no-free-slot', 1))
    gateway.settings.phase = 'sold-out'
    expect((await sendFan(gateway)).record).toMatchObject({ outcome: 'rejected', reason: 'sold-out' })
  })

  it.each(['enter', 'claim', 'hold'] as const)(
    'is rejected when the room closes before they %s',
    async (route) => {
      const gateway = await openFakeGateway()
      gateway.always(route, { status: 409, body: { code: 'room-not-open', phase: 'closed' } })
      expect((await sendFan(gateway)).record).toMatchObject({ outcome: 'rejected', reason: 'closed' })
    },
  )

  it('is rejected with a pass when every type is sold out, and leaves the pass', async () => {
    const gateway = await openFakeGateway()
    for (const stock of gateway.settings.stock.values()) stock.free = 0
    const { record, crowd } = await sendFan(gateway)
    expect(record).toMatchObject({ outcome: 'rejected', reason: 'sold-out', error: undefined })
    expect(gateway.asked('hold')).toHaveLength(2)
    expect(gateway.asked('leave').map(({ token }) => token)).toEqual([gateway.asked('hold')[0]?.token])
    expect(crowd).toMatchObject({ admitted: 1, active: 0, rejected: 1, errors: 0 })
  })

  it('is rejected when the pass ends while others hold all that is left', async () => {
    const gateway = await openFakeGateway()
    const held = problem(409, 'units-held')
    gateway.spoil('hold', held, held, problem(403, 'pass-ended'))
    expect((await sendFan(gateway)).record).toMatchObject({ outcome: 'rejected', reason: 'pass-ended' })
  })

  it('stops after five declined payments, which is no error of the system', async () => {
    const gateway = await openFakeGateway()
    gateway.settings.declines = 10
    const { record, crowd } = await sendFan(gateway)
    expect(record).toMatchObject({ outcome: 'declined', error: undefined, orderId: undefined })
    expect(gateway.asked('pay')).toHaveLength(5)
    expect(crowd.errors).toBe(0)
  })

  it('counts as an error when the money was refunded', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('payment', { status: 200, body: { id: 'p', state: 'refunded' } })
    const { record, crowd } = await sendFan(gateway)
    expect(record).toMatchObject({ outcome: 'refunded', error: { step: 'pay', code: 'refunded' } })
    expect(crowd.errors).toBe(1)
  })
})

describe('a fan with connection or service errors', () => {
  it('waits as long as a busy service requires, and does not count that as an error', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('signUp', problem(503, 'busy', 7), problem(429, 'too-many-requests', 7))
    const { record, crowd, pausesMs } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    expect(crowd).toMatchObject({ waited: 2, retries: 0 })
    expect(pausesMs.filter((ms) => ms >= 7000 && ms <= 10_500)).toHaveLength(2)
  })

  it('enters again with the same key, and so keeps their place', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('enter', 'cut-after', 'cut-within')
    const { record, crowd } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    expect(gateway.asked('enter')).toHaveLength(3)
    expect(gateway.entries).toHaveLength(1)
    expect(crowd.retries).toBe(2)
  })

  it('signs up again when a response was lost, and gets a session of the existing account', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('signUp', 'cut-after')
    expect((await sendFan(gateway)).record.outcome).toBe('confirmed')
    expect(gateway.asked('signUp')).toHaveLength(2)
  })

  it('pays once, with the same key, however often the response is lost', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('pay', 'cut-before', 'cut-after', problem(503, 'unavailable', 2), { status: 502 })
    const { record, crowd } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    expect(new Set(gateway.asked('pay').map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
    expect(gateway.payments).toHaveLength(1)
    expect(crowd).toMatchObject({ retries: 4, waited: 0, errors: 0 })
  })

  it('keeps its state when any other step is retried', async () => {
    const gateway = await openFakeGateway()
    gateway.settings.pollsBeforeCalls = 3
    for (const route of ['status', 'claim', 'hold', 'payment', 'order'] as const) {
      gateway.spoil(route, 'cut-before', { status: 504 })
    }
    const { record, crowd } = await sendFan(gateway)
    expect(record.outcome).toBe('confirmed')
    expect(crowd.retries).toBe(10)
  })

  it('ends a step after a minute without a response', async () => {
    const gateway = await openFakeGateway()
    gateway.always('hold', problem(503, 'unavailable', 2))
    const { record, crowd, pausesMs } = await sendFan(gateway)
    expect(record).toMatchObject({
      outcome: 'error',
      error: { step: 'hold', status: 503, code: 'unavailable' },
    })
    const silentMs = pausesMs.reduce((sum, ms) => sum + ms, 0)
    expect(silentMs).toBeGreaterThan(50_000)
    expect(silentMs).toBeLessThanOrEqual(60_000)
    expect(crowd).toMatchObject({ active: 0, errors: 1 })
  })

  it('reports step, status and code of an unexpected response', async () => {
    const gateway = await openFakeGateway()
    gateway.always('claim', problem(500, 'internal'))
    const { record } = await sendFan(gateway)
    expect(record).toMatchObject({
      outcome: 'error',
      error: { step: 'claim', status: 500, code: 'internal' },
    })
    expect(gateway.asked('claim')).toHaveLength(1)
  })

  it('reports an error when a body has an unexpected shape', async () => {
    const gateway = await openFakeGateway()
    gateway.always('enter', { status: 201, body: { position: 'first' } })
    const { record } = await sendFan(gateway)
    expect(record.error).toMatchObject({
      step: 'enter',
      status: 201,
      detail: expect.stringContaining('position'),
    })
  })

  it('reports an error when the hold is not the requested basket', async () => {
    const gateway = await openFakeGateway()
    gateway.always('hold', { status: 200, body: { basket: [{ type: 2, quantity: 2 }] } })
    expect((await sendFan(gateway)).record).toMatchObject({ outcome: 'error', error: { step: 'hold' } })
  })

  it('still counts as confirmed when the order is not what they bought', async () => {
    const gateway = await openFakeGateway()
    gateway.always('order', {
      status: 200,
      body: { id: 'o', festival: 'harbour', payment: 'p', tickets: [] },
    })
    const { record, crowd } = await sendFan(gateway)
    expect(record).toMatchObject({ outcome: 'confirmed', error: { step: 'verify', status: 200 } })
    expect(record.orderId).toBe(gateway.payments[0]?.order)
    expect(crowd).toMatchObject({ paid: 1, errors: 1, active: 0 })
  })
})

const ANONYMOUS = { id: '', token: undefined, idempotencyKey: undefined, etag: undefined, body: undefined }
