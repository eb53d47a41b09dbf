import { randomUUID } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import type { Order } from '../../../shared/api/orders.ts'
import { createBoundedQueue } from '../../../shared/runtime/bounded-queue.ts'
import { readPdf } from '../../../shared/testing/pdf.ts'
import { countTurns } from '../../../shared/testing/turns.ts'
import { qrSvg } from './qr-svg.ts'
import { createRenderer } from './renderer.ts'

const renderer = createRenderer({ pdfs: createBoundedQueue({ concurrencyMax: 1, queueMax: 1 }) })
afterAll(() => renderer.close())

const { signal } = new AbortController()
const forAccount = (account: string = randomUUID()) => ({ account, signal })
const texts = (count: number) =>
  Array.from({ length: count }, (_, n) => `NARU1.fest.1.${n}.${'x'.repeat(110)}`)
const codes = (count: number) => ({ kind: 'codes', texts: texts(count) }) as const

function pdf(count: number) {
  const tickets: Order['tickets'] = texts(count).map((qr, n) => ({
    ...{
      id: String(n),
      type: 1,
      typeName: 'Day',
      number: n + 1,
      code: 'c',
      qr,
      typed: `1-${n + 1}`,
      void: false,
    },
  }))
  const order: Order = {
    ...{
      id: 'order',
      number: 'K7MP-3XQ2',
      festival: 'fest',
      amountMinor: 0,
      ...{ refundedMinor: 0, refunds: [] },
      currency: 'KRW',
      createdAt: '2030-05-01T01:00:00.000Z',
    },
    ...{ payment: 'payment', cancelledAt: null, ticketCount: tickets.length },
    ...{ holder: 'Kim', state: 'owned', tickets },
  }
  return { kind: 'pdf', tickets: { order, festival: undefined, language: 'en' } } as const
}

it('H2: does not block the event loop that serves polls', async () => {
  const counting = countTurns()
  const drawn = await renderer.render(codes(300), forAccount())
  const turns = await counting.stop()
  expect(drawn.status === 'ran' && drawn.value).toHaveLength(300)
  // Rendered in this thread, all 300 would arrive in one turn.
  expect(turns).toBeGreaterThan(300)
})

it('renders codes as this thread would, in order, and PDFs', async () => {
  const drawn = await renderer.render(codes(3), forAccount())
  expect(drawn).toEqual({ status: 'ran', value: texts(3).map(qrSvg) })
  const printed = await renderer.render(pdf(2), forAccount())
  if (printed.status !== 'ran') throw new Error(printed.status)
  expect(readPdf(printed.value).pages).toHaveLength(2)
})

it('H2: cancels a job whose client has disconnected, queued or running, and continues with the next', async () => {
  const leaving = new AbortController()
  const account = randomUUID()
  const running = renderer.render(pdf(2000), { account, signal: leaving.signal })
  const queued = renderer.render(pdf(2000), { account, signal: leaving.signal })
  // It starts with a message to the thread, which has completed another job by then.
  await renderer.render(codes(1), forAccount())
  leaving.abort()
  await expect(running).rejects.toThrow('The request that needed this page has ended')
  await expect(queued).rejects.toThrow()
  const next = await renderer.render(pdf(1), { account, signal })
  expect(next.status).toBe('ran')
})

it('H2: limits one account to three concurrent jobs, and runs those of others', async () => {
  const account = randomUUID()
  const all = await Promise.all([1, 2, 3, 4, 5].map(() => renderer.render(codes(20), forAccount(account))))
  expect(all.map(({ status }) => status).sort()).toEqual(['limited', 'limited', 'ran', 'ran', 'ran'])
  const others = await Promise.all([1, 2, 3, 4].map(() => renderer.render(codes(1), forAccount())))
  expect(others.map(({ status }) => status)).toEqual(['ran', 'ran', 'ran', 'ran'])
})

it('returns a Retry-After for a PDF when too many are queued, and renders codes meanwhile', async () => {
  const all = await Promise.all([
    ...[1, 2, 3].map(() => renderer.render(pdf(1), forAccount())),
    renderer.render(codes(1), forAccount()),
  ])
  expect(all.map(({ status }) => status)).toEqual(['ran', 'ran', 'busy', 'ran'])
})

it('fails for a text that is too long for a code, and for no other', async () => {
  const tooLong = { kind: 'codes', texts: ['x'.repeat(10_000)] } as const
  await expect(renderer.render(tooLong, forAccount())).rejects.toThrow('Rendering failed')
  expect(await renderer.render(codes(1), forAccount())).toMatchObject({ status: 'ran' })
})

it('starts another thread after one has stopped, whose job fails', async () => {
  const own = createRenderer({ pdfs: createBoundedQueue({ concurrencyMax: 1, queueMax: 1 }) })
  const running = own.render(pdf(2000), forAccount())
  const failed = expect(running).rejects.toThrow('The rendering thread stopped')
  await own.render(codes(1), forAccount())
  await own.close()
  await failed
  expect(await own.render(codes(1), forAccount())).toMatchObject({ status: 'ran' })
  await own.close()
})
