import { afterEach, expect, it, vi } from 'vitest'
import { createGateClock } from './ticket-clock.ts'
import { createEvaluator } from './ticket-evaluator.ts'
import type { GateKnowledge } from './ticket-knowledge.ts'
import { openGateLog } from './ticket-log.ts'
import { createGateServer } from './ticket-server.ts'
import { createGateStats } from './ticket-stats.ts'
import { forgetfulStore } from './ticket-store.ts'

const NOW = Date.UTC(2030, 0, 1)
const WINDOW = {
  opensAt: new Date(NOW - 3_600_000).toISOString(),
  closesAt: new Date(NOW + 3_600_000).toISOString(),
}

afterEach(() => vi.unstubAllGlobals())

async function openEvaluator(queueMax = 10) {
  const log = await openGateLog(forgetfulStore, 'fest', { queueMax, storedMax: 10 })
  const known: GateKnowledge = {
    ...{ festival: 'fest', types: [1], clock: createGateClock(undefined, () => NOW), window: WINDOW },
    ...{ keys: undefined, hasReceivedKeys: false, list: undefined, names: undefined },
    store: forgetfulStore,
    nameStore: { read: async () => undefined, write: async () => {}, forget: async () => {} },
  }
  const server = createGateServer({ forget: async () => {}, onChange: () => {} })
  const stats = createGateStats({
    page: { at: new Date(NOW).toISOString(), in: 0, tickets: 5, last: [] },
    ...{ stored: undefined, save: () => {}, nowMs: () => NOW },
  })
  const evaluate = createEvaluator({
    data: { festival: 'fest', gate: 'North', types: [{ id: 1, name: 'Day' }] },
    ...{ device: 'device', known, log, server, stats, onChange: () => {} },
  })
  return { log, server, stats, scan: (text: string) => evaluate({ text, confirmed: [], at: WINDOW.opensAt }) }
}

/** The server's responses to check-ins, in turn. */
function answerWith(...answers: { status: number; body: unknown }[]) {
  const fetch = vi.fn(async () => {
    const { status, body } = answers.shift() ?? { status: 500, body: {} }
    return Response.json(body, { status })
  })
  vi.stubGlobal('fetch', fetch)
  return fetch
}

const ADMITTED = {
  result: 'admitted',
  ticket: { type: 1, typeName: 'Day', number: 7, holder: 'Fan', order: 'K7MP-3XQ2' },
  at: WINDOW.opensAt,
  gate: 'North',
}

it('shows the verdict of a server that is reachable, and records an admission as sent', async () => {
  answerWith({ status: 201, body: ADMITTED })
  const { scan, log, stats } = await openEvaluator()
  expect(await scan('a ticket')).toMatchObject({ verdict: ADMITTED })
  expect(log.all()).toMatchObject([{ state: 'sent', verdict: 'admitted', label: 'Day 7', qr: '' }])
  expect(stats.read(log.all()).in).toBe(1)
})

it('decides by itself while the server is unavailable, without asking again, and queues the scan', async () => {
  const fetch = answerWith({ status: 503, body: { status: 503, code: 'unavailable' } })
  const { scan, log, server } = await openEvaluator()
  expect(await scan('NARU1.no.such.ticket')).toMatchObject({ verdict: { isAlone: true } })
  expect(server.isUnavailable).toBe(true)
  await scan('NARU1.no.such.ticket')
  expect(fetch).toHaveBeenCalledOnce()
  expect(log.waiting()).toHaveLength(2)
})

it('decides nothing once the server allows no check-ins', async () => {
  answerWith({ status: 403, body: { status: 403, code: 'forbidden' } })
  const { scan, log } = await openEvaluator()
  expect(await scan('a ticket')).toEqual({ id: undefined, verdict: { result: 'forbidden' } })
  expect(log.all()).toEqual([])
})

it('shows that the queue is full instead of a verdict that it could not record', async () => {
  answerWith({ status: 503, body: { status: 503, code: 'unavailable' } })
  const { scan } = await openEvaluator(1)
  await scan('one')
  expect(await scan('two')).toMatchObject({ verdict: { result: 'full' } })
})

it('records nothing for a scan without any text', async () => {
  const fetch = answerWith()
  const { scan, log } = await openEvaluator()
  expect(await scan(' ')).toEqual({ id: undefined, verdict: { result: 'unknown', why: 'unreadable' } })
  expect([log.all(), fetch.mock.calls]).toEqual([[], []])
})
