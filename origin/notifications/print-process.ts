import { setImmediate as nextTurn } from 'node:timers/promises'
import { type PaperFonts, readPaperFonts } from '../../shared/paper/fonts.ts'
import { printTickets, type TicketsToPrint } from '../../shared/paper/print-tickets.ts'

/** The process that prints tickets for e-mails; see `ticket-printer.ts`. */

let fonts: PaperFonts | undefined

process.on('message', ({ id, tickets }: { id: number; tickets: TicketsToPrint }) => void print(id, tickets))

async function print(id: number, tickets: TicketsToPrint): Promise<void> {
  try {
    fonts ??= readPaperFonts()
    const pdf = await printTickets(fonts, tickets, async () => {
      await nextTurn()
    })
    process.send?.({ id, pdf })
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) })
  }
}
