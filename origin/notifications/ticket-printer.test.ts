import { afterAll, expect, it } from 'vitest'
import { readPdf } from '../../shared/testing/pdf.ts'
import { createTicketPrinter } from './ticket-printer.ts'

const printer = createTicketPrinter()
afterAll(printer.close)

const ticket = (number: number) => ({
  ...{
    type: 1,
    typeName: 'Weekend',
    number,
    qr: `NARU1.test.1.${number}`,
    typed: `1-${number}-ABCDEF`,
    void: false,
  },
})
const festival = {
  ...{ name: 'Test', place: 'Here', timeZone: 'Asia/Seoul', ticketTypes: [] },
  ...{ startsAt: '2030-05-01T01:00:00.000Z', endsAt: '2030-05-02T01:00:00.000Z' },
}

it('prints the tickets of several concurrent orders, each with its own tickets', async () => {
  const orders = [1, 2, 3].map((n) => ({
    ...{ number: `K7MP-000${n}`, festival: 'test', amountMinor: 1000, currency: 'KRW', holder: `Fan ${n}` },
    tickets: Array.from({ length: n }, (_, i) => ticket(i + 1)),
  }))
  const pdfs = await Promise.all(orders.map((order) => printer.print({ order, festival, language: 'en' })))
  for (const [i, pdf] of pdfs.entries()) {
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    expect(readPdf(pdf).pages).toHaveLength(i + 1)
  }
}, 60_000)
