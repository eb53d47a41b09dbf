import { setImmediate as nextTurn } from 'node:timers/promises'
import { type PdfFonts, readPdfFonts } from '../../shared/pdf/fonts.ts'
import { printTickets, type TicketsToPrint } from '../../shared/pdf/print-tickets.ts'
import { answerRequests } from '../helper-process/answer-requests.ts'

/** The process that prints tickets for e-mails; see `ticket-printer.ts`. */

let fonts: PdfFonts | undefined

answerRequests<TicketsToPrint, Uint8Array>(async (tickets) => {
  fonts ??= readPdfFonts()
  return printTickets(fonts, tickets, async () => {
    await nextTurn()
  })
})
