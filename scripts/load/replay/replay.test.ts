import { describe, expect, it } from 'vitest'
import { openFakeGateway } from './fake-gateway.ts'
import { problem } from './fake-sale.ts'
import { type ReplayOptions, replay } from './replay.ts'
import { createTestTime } from './testing.ts'
import { realTime } from './time.ts'

const SALE = [
  { second: 0, reservations: 4 },
  { second: 3, reservations: 6 },
]

describe('a replay', () => {
  it("runs every fan's journey, each with a separate account and order", async () => {
    const gateway = await openFakeGateway()
    const report = await replay(options(gateway.url, { times: 2 }))
    expect(report).toMatchObject({
      festival: 'harbour',
      fans: 20,
      arrived: 20,
      entered: 20,
      admitted: 20,
      sold: 20,
      rejected: 0,
      errors: 0,
      interrupted: false,
    })
    expect(gateway.accounts.size).toBe(20)
    expect(new Set(report.records.map(({ orderId }) => orderId)).size).toBe(20)
    expect(gateway.asked('orders')).toHaveLength(20)
    for (const { email, orderId } of report.records) {
      expect(gateway.payments.find(({ order }) => order === orderId)?.account).toBe(email)
    }
    expect(Object.values(report.steps).map(({ count }) => count)).toEqual(Array(9).fill(20))
  })

  it('makes Redis fail over in its middle, unless the sale is over before', async () => {
    const gateway = await openFakeGateway()
    let failedOver = 0
    const failOver = async () => {
      failedOver += 1
    }
    const failover = { atMs: 1000, failOver }
    expect((await replay(options(gateway.url, { failover }))).failover).toBeDefined()
    expect(failedOver).toBe(1)
    const tooLate = { atMs: 1e9, failOver }
    const short = [{ second: 0, reservations: 1 }]
    const report = await replay(options(gateway.url, { sale: short, failover: tooLate, time: realTime }))
    expect(report.failover).toBeUndefined()
    expect(failedOver).toBe(1)
  })

  it('reports fans for whom nothing is left as rejected', async () => {
    const gateway = await openFakeGateway()
    for (const stock of gateway.settings.stock.values()) Object.assign(stock, { free: 3 })
    const sellOut = gateway.answer.pay
    gateway.answer.pay = (request) => {
      // Paid units are no longer held.
      for (const stock of gateway.settings.stock.values()) stock.held = 0
      return sellOut(request)
    }
    const report = await replay(options(gateway.url))
    expect(report).toMatchObject({ fans: 10, sold: 6, rejected: 4, errors: 0 })
    expect(report.rejectedReasons).toEqual({ 'sold-out': 4 })
  })

  it('reports a fan who does not own what they were told', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('orders', { status: 200, body: { orders: [] } })
    const report = await replay(options(gateway.url))
    expect(report).toMatchObject({ sold: 10, errors: 1, errorExamples: [{ step: 'verify', fans: 1 }] })
    expect(report.errorExamples[0]?.detail).toMatch(/^told order .+ owns \[\]$/)
  })

  it('reports a fan who owns more than they were told', async () => {
    const gateway = await openFakeGateway()
    const { orders } = gateway.answer
    let asked = 0
    gateway.answer.orders = (request) => {
      const answer = orders(request)
      const { orders: owned } = answer.body as { orders: object[] }
      asked += 1
      return asked === 1 ? { ...answer, body: { orders: [...owned, ...owned] } } : answer
    }
    expect(await replay(options(gateway.url))).toMatchObject({ sold: 10, errors: 1 })
  })

  it('stops all fans when its time is over, and still verifies what was bought', async () => {
    const gateway = await openFakeGateway()
    gateway.settings.pollsBeforeCalls = Number.POSITIVE_INFINITY
    gateway.spoil('enter', { status: 201, body: { position: 0, called: true, place: 'place -1' } })
    const report = await replay(options(gateway.url, {}, { runMsMax: 2000 }))
    expect(report).toMatchObject({ fans: 10, sold: 1, errors: 9, interrupted: false })
    expect(report.steps.verify.count).toBe(1)
    expect(report.errorExamples[0]?.detail).toContain('gave up')
  })

  it('reports its results so far when it is interrupted, without counting errors', async () => {
    const gateway = await openFakeGateway()
    gateway.settings.pollsBeforeCalls = Number.POSITIVE_INFINITY
    const interrupt = new AbortController()
    const onProgress = () => interrupt.abort()
    const report = await replay(options(gateway.url, { signal: interrupt.signal, onProgress }))
    expect(report).toMatchObject({ fans: 10, sold: 0, errors: 0, stopped: 10, interrupted: true })
  })

  it('makes the same choices for the same seed', async () => {
    const types = async (seed: number) => {
      const gateway = await openFakeGateway()
      const { records } = await replay(options(gateway.url, { seed, times: 3 }))
      return records.map(({ tickets }) => tickets[0]?.type)
    }
    expect(await types(5)).toEqual(await types(5))
    expect(await types(5)).not.toEqual(await types(6))
  })
})

describe('a replay is refused', () => {
  it('against another host', async () => {
    await expect(replay(options('http://192.0.2.1'))).rejects.toThrow('is not on this machine')
  })

  it('when no room is open', async () => {
    const gateway = await openFakeGateway()
    gateway.settings.phase = 'lobby'
    await expect(replay(options(gateway.url))).rejects.toThrow('None of 1 festivals has an open room')
  })

  it('when the festival does not exist, or its room cannot be entered', async () => {
    const gateway = await openFakeGateway()
    await expect(replay(options(gateway.url, { festival: 'moon' }))).rejects.toThrow(
      'There is no festival moon',
    )
    gateway.settings.phase = 'closed'
    await expect(replay(options(gateway.url, { festival: 'harbour' }))).rejects.toThrow('is closed')
  })

  it('when the gateway does not respond', async () => {
    const gateway = await openFakeGateway()
    gateway.always('festivals', problem(503, 'unavailable', 1))
    await expect(replay(options(gateway.url))).rejects.toThrow(
      'The gateway does not say what is on sale (503)',
    )
  })
})

function options(
  gatewayUrl: string,
  more: Partial<ReplayOptions> = {},
  limits: ReplayOptions['limits'] = {},
): ReplayOptions {
  return { sale: SALE, gatewayUrl, time: createTestTime(), limits: { connectionsMax: 8, ...limits }, ...more }
}
