import { buffer } from 'node:stream/consumers'
import PDFDocument from 'pdfkit'
import type { Festival } from '../catalogue.ts'
import { money, period, zoneName } from '../format.ts'
import { pricesOf } from '../ticket-prices.ts'
import { drawTicket, type PdfTicket } from './draw-ticket.ts'
import type { PdfFonts } from './fonts.ts'
import { pdfText } from './words.ts'

/** The parts of an order that are printed. */
export type PrintedOrder = {
  /** The order number shown to people. */
  number: string
  festival: string
  amountMinor: number
  currency: string
  holder: string
  tickets: readonly {
    type: number
    typeName: string
    number: number
    qr: string
    typed: string
    void: boolean
  }[]
}

type PrintedFestival = Pick<Festival, 'name' | 'place' | 'startsAt' | 'endsAt' | 'timeZone'> & {
  ticketTypes: readonly { id: number; priceMinor: number; name?: string }[]
}

export type TicketsToPrint = {
  order: PrintedOrder
  festival: PrintedFestival | undefined
  language: 'ko' | 'en'
}

/**
 * A PDF of A4 pages, one for every valid ticket of an order: tagged, with the fonts that it needs.
 *
 * @param slice - awaited before each page; an error that it throws ends the drawing
 */
export async function printTickets(
  fonts: PdfFonts,
  tickets: TicketsToPrint,
  slice: () => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { order, festival, language } = tickets
  const title = pdfText[language].title(festival?.name ?? order.festival)
  const doc = new PDFDocument({
    // No standard font: pdfkit would read it from its own files, which a release does not have.
    ...{ size: 'A4', margin: 0, autoFirstPage: false, font: '' },
    ...{ pdfVersion: '1.7', tagged: true, lang: language, displayTitle: true },
    info: { Title: title, Creator: 'Naru' },
  })
  const written = buffer(doc)
  doc.registerFont('main-regular', fonts.main.regular).registerFont('main-bold', fonts.main.bold)
  const root = doc.struct('Document')
  doc.addStructure(root)
  for (const ticket of pdfTickets(tickets)) {
    await slice()
    drawTicket(doc, ticket, root, fonts)
  }
  root.end()
  doc.end()
  return new Uint8Array(await written)
}

/** A printed page does not know its reader's zone, so the zone is always named. */
function datesOf(festival: PrintedFestival, language: TicketsToPrint['language']): string {
  const { startsAt, endsAt } = festival
  return `${period(startsAt, endsAt, festival, language)} (${zoneName(startsAt, festival, language)})`
}

function pdfTickets({ order, festival, language }: TicketsToPrint): PdfTicket[] {
  const text = pdfText[language]
  const prices = pricesOf(order, festival?.ticketTypes)
  const valid = order.tickets.filter((ticket) => !ticket.void)
  const names = new Map(festival?.ticketTypes.map(({ id, name }) => [id, name]))
  return valid.map((ticket, i) => {
    const typeName = names.get(ticket.type) ?? ticket.typeName
    const price = prices.get(ticket.type)
    return {
      page: text.page(i + 1, valid.length),
      festival: festival?.name ?? order.festival,
      place: festival?.place ?? '',
      dates: festival === undefined ? '' : datesOf(festival, language),
      facts: [
        [text.type, typeName],
        [text.number, String(ticket.number)],
        [pdfText[language].holder, order.holder],
        ...(price === undefined ? [] : [[text.price, paid(price)] as const]),
      ],
      qr: { text: ticket.qr, called: pdfText[language].qr(typeName, ticket.number) },
      typed: { name: text.typed, value: ticket.typed },
      gate: text.gate,
      order: text.order(order.number),
    }
  })

  function paid(amountMinor: number): string {
    return amountMinor === 0 ? text.free : money(amountMinor, order.currency, language)
  }
}
