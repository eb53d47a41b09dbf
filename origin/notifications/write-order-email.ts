import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { festivals, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { payments, refunds } from '../../drizzle/schema/purchases.ts'
import type { EmailLanguage } from '../../shared/api/fields.ts'
import { inLanguage, nameIn } from '../../shared/in-language.ts'
import type { TicketsToPrint } from '../../shared/pdf/print-tickets.ts'
import type { EmailAttachment, EmailWords } from '../email/message.ts'
import {
  type OrderFacts,
  orderCancelledEmail,
  orderConfirmedEmail,
  orderRefundedEmail,
  paymentRefundedEmail,
  type RefundMail,
  refundFailedEmail,
} from '../email/templates/order-emails.ts'
import { findAnyOrder, type Order } from '../orders/find-orders.ts'
import type { SignTicket } from '../tickets/ticket-text.ts'

export type WriteOrderEmailDeps = {
  db: Database
  signTicket: SignTicket
  /** The public base URL of the gateway, without a trailing slash. */
  publicUrl: string
  /** Creates the PDF that is attached; left out where none is. */
  printTickets?: ((tickets: TicketsToPrint) => Promise<Buffer>) | undefined
}

/** Larger orders have their PDFs on their page, in parts. */
const ATTACHED_TICKETS_MAX = 50

type Words = Record<EmailLanguage, EmailWords>
type OrderFestival = typeof festivals.$inferSelect & { ticketTypes: (typeof ticketTypes.$inferSelect)[] }

/** Undefined for an order that is cancelled by now: its buyer gets the e-mail about that. */
export async function writeOrderConfirmed(
  deps: WriteOrderEmailDeps,
  id: string,
  language: EmailLanguage,
): Promise<{ words: Words; attachments: EmailAttachment[] } | undefined> {
  const order = await findAnyOrder(deps, id)
  if (order === undefined || order.state !== 'owned') return undefined
  const festival = await readFestival(deps.db, order)
  const attachments = await printedTickets(deps, order, festival, language)
  const isAttached = attachments.length > 0
  const words = inBoth((each) =>
    orderConfirmedEmail(factsOf(deps, order, inLanguage(festival, each)), { isAttached }),
  )
  return { words, attachments }
}

async function printedTickets(
  { printTickets }: WriteOrderEmailDeps,
  order: Order,
  festival: OrderFestival,
  language: EmailLanguage,
): Promise<EmailAttachment[]> {
  if (printTickets === undefined || order.tickets.length > ATTACHED_TICKETS_MAX) return []
  const { name, place, timeZone, ticketTypes, startsAt, endsAt } = inLanguage(festival, language)
  const printed = {
    ...{ name, place, timeZone, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() },
    ticketTypes: ticketTypes.map((type) => ({ id: type.id, priceMinor: type.priceMinor, name: type.name })),
  }
  const content = await printTickets({ order, festival: printed, language })
  return [{ filename: `naru-tickets-${order.number}.pdf`, contentType: 'application/pdf', content }]
}

export async function writeOrderCancelled(
  deps: WriteOrderEmailDeps,
  { order: id, by }: { order: string; by: 'fan' | 'organiser' | 'provider' },
): Promise<Words | undefined> {
  const order = await findAnyOrder(deps, id)
  if (order === undefined) return undefined
  const festival = await readFestival(deps.db, order)
  return inBoth((language) => orderCancelledEmail(factsOf(deps, order, inLanguage(festival, language)), by))
}

export function writeOrderRefunded(deps: WriteOrderEmailDeps, refund: string): Promise<Words | undefined> {
  return writeOfRefund(deps, refund, orderRefundedEmail)
}

export function writeRefundFailed(deps: WriteOrderEmailDeps, refund: string): Promise<Words | undefined> {
  return writeOfRefund(deps, refund, refundFailedEmail)
}

async function writeOfRefund(
  deps: WriteOrderEmailDeps,
  id: string,
  write: (refund: RefundMail) => Words,
): Promise<Words | undefined> {
  const [refund] = await deps.db.select().from(refunds).where(eq(refunds.id, id))
  const order = refund && (await findAnyOrder(deps, refund.orderId))
  if (refund === undefined || order === undefined) return undefined
  const festival = await readFestival(deps.db, order)
  const ids = new Set(refund.tickets.map((ticket) => ticket.id))
  const returned = order.tickets.filter((ticket) => ids.has(ticket.id))
  return inBoth((language) => {
    const named = inLanguage(festival, language)
    const names = new Map(named.ticketTypes.map((type) => [type.id, type.name]))
    return write({
      order: factsOf(deps, order, named),
      amountMinor: refund.amountMinor,
      tickets: returned.map(({ type, typeName, number }) => ({
        typeName: names.get(type) ?? typeName,
        number,
      })),
    })
  })
}

export async function writePaymentRefunded(
  { db }: WriteOrderEmailDeps,
  id: string,
): Promise<Words | undefined> {
  const [payment] = await db
    .select({
      amountMinor: payments.amountMinor,
      currency: payments.currency,
      reason: payments.reason,
      names: { name: festivals.name, nameKo: festivals.nameKo, nameEn: festivals.nameEn },
    })
    .from(payments)
    .innerJoin(festivals, eq(festivals.id, payments.festivalId))
    .where(eq(payments.id, id))
  if (payment === undefined) return undefined
  return inBoth((language) => paymentRefundedEmail({ ...payment, festival: nameIn(payment.names, language) }))
}

async function readFestival(db: Database, order: Order): Promise<OrderFestival> {
  const [festival] = await db.select().from(festivals).where(eq(festivals.id, order.festival))
  if (festival === undefined) throw new Error('an order has a festival')
  const types = await db.select().from(ticketTypes).where(eq(ticketTypes.festivalId, order.festival))
  return { ...festival, ticketTypes: types }
}

/** Each language with the festival's names in it. */
function inBoth(write: (language: EmailLanguage) => Words): Words {
  return { ko: write('ko').ko, en: write('en').en }
}

function factsOf(
  { publicUrl }: Pick<WriteOrderEmailDeps, 'publicUrl'>,
  order: Order,
  festival: OrderFestival,
): OrderFacts {
  const names = new Map(festival.ticketTypes.map(({ id, name }) => [id, name]))
  // Those of a cancelled order are void as well.
  const refunded = new Set(
    order.refunds.filter(({ state }) => state !== 'failed').flatMap(({ tickets }) => tickets),
  )
  const left = order.tickets.filter(({ id }) => !refunded.has(id))
  const types = Map.groupBy(left, ({ type, typeName }) => names.get(type) ?? typeName)
  return {
    ...{ number: order.number, amountMinor: order.amountMinor, currency: order.currency },
    ...{ festival: festival.name, place: festival.place },
    ...{ startsAt: festival.startsAt, endsAt: festival.endsAt, timeZone: festival.timeZone },
    refundedMinor: order.refundedMinor,
    lines: [...types].map(([typeName, { length: quantity }]) => ({ typeName, quantity })),
    link: `${publicUrl}/orders/${order.id}`,
  }
}
