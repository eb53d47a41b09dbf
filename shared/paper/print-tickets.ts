import { buffer } from 'node:stream/consumers'
import PDFDocument from 'pdfkit'
import type { Festival } from '../catalogue.ts'
import { money, period, zoneName } from '../format.ts'
import { drawTicket, type PaperTicket } from './draw-ticket.ts'
import type { PaperFonts } from './fonts.ts'
import { pricesOf } from './prices.ts'
import { printable } from './printable.ts'
import { paperText } from './words.ts'

/** What of an order is printed. */
export type PrintedOrder = {
  /** What people call it by. */
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

export type PrintedFestival = Pick<Festival, 'name' | 'place' | 'startsAt' | 'endsAt' | 'timeZone'> & {
  ticketTypes: readonly { id: number; priceMinor: number }[]
}

export type TicketsToPrint = {
  order: PrintedOrder
  festival: PrintedFestival | undefined
  language: 'ko' | 'en'
}

/**
 * A PDF of A4 pages, one for every ticket of an order that is not void: tagged, with the fonts that it needs.
 *
 * @param slice - awaited before each page; what it throws ends the drawing
 */
export async function printTickets(
  fonts: PaperFonts,
  tickets: TicketsToPrint,
  slice: () => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { order, festival, language } = tickets
  const title = paperText[language].title(festival?.name ?? order.festival)
  const doc = new PDFDocument({
    ...{ size: 'A4', margin: 0, autoFirstPage: false },
    ...{ pdfVersion: '1.7', tagged: true, lang: language, displayTitle: true },
    info: { Title: title, Creator: 'Naru' },
  })
  const written = buffer(doc)
  doc.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold)
  const root = doc.struct('Document')
  doc.addStructure(root)
  for (const ticket of paperTickets(tickets, fonts)) {
    await slice()
    drawTicket(doc, ticket, root)
  }
  root.end()
  doc.end()
  return new Uint8Array(await written)
}

/** Paper does not know where its reader is: the zone is always named. */
function datesOf(festival: PrintedFestival, language: TicketsToPrint['language']): string {
  const { startsAt, endsAt } = festival
  return `${period(startsAt, endsAt, festival, language)} (${zoneName(startsAt, festival, language)})`
}

function paperTickets({ order, festival, language }: TicketsToPrint, { has }: PaperFonts): PaperTicket[] {
  const text = paperText[language]
  const print = (words: string) => printable(words, has)
  const prices = pricesOf(order, festival)
  const valid = order.tickets.filter((ticket) => !ticket.void)
  return valid.map((ticket, i) => {
    const price = prices.get(ticket.type)
    return {
      page: text.page(i + 1, valid.length),
      festival: print(festival?.name ?? order.festival),
      place: print(festival?.place ?? ''),
      dates: festival === undefined ? '' : print(datesOf(festival, language)),
      facts: [
        [text.type, print(ticket.typeName)],
        [text.number, String(ticket.number)],
        [paperText[language].holder, print(order.holder)],
        ...(price === undefined ? [] : [[text.price, paid(price, order.currency)] as const]),
      ],
      qr: { text: ticket.qr, called: paperText[language].qr(ticket.typeName, ticket.number) },
      typed: { name: text.typed, value: ticket.typed },
      gate: text.gate,
      order: text.order(order.number),
    }
  })

  /** With the currency's code where its sign cannot be printed. */
  function paid(amountMinor: number, currency: string): string {
    if (amountMinor === 0) return text.free
    const words = money(amountMinor, currency, language)
    const printed = print(words)
    return printed.includes('□') ? print(words.replace(/\p{Sc}/gu, `${currency} `)) : printed
  }
}
