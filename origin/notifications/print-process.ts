import { setImmediate as nextTurn } from 'node:timers/promises'
import { type PaperFonts, readPaperFonts } from '../../shared/pdf/fonts.ts'
import { printTickets, type TicketsToPrint } from '../../shared/pdf/print-tickets.ts'
import { answerRequests } from '../helper-process/answer-requests.ts'

/** The process that prints tickets for e-mails; see `ticket-printer.ts`. */

let fonts: PaperFonts | undefined

answerRequests<TicketsToPrint, Uint8Array>(async (tickets) => {
  fonts ??= readPaperFonts()
  return printTickets(fonts, tickets, async () => {
    await nextTurn()
  })
})
