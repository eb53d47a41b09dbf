import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { payments } from '../../drizzle/schema/purchases.ts'
import type { SignTicket } from '../check-in/ticket-text.ts'
import type { EmailLanguage, EmailWords } from '../email/message.ts'
import {
  type OrderFacts,
  orderCancelledEmail,
  orderConfirmedEmail,
  paymentRefundedEmail,
} from '../email/templates/order-emails.ts'
import { findAnyOrder, type Order } from '../orders/find-orders.ts'

export type WriteOrderEmailDeps = {
  db: Database
  signTicket: SignTicket
  /** Where people reach the gateway, without a slash at the end. */
  publicUrl: string
}

type Words = Record<EmailLanguage, EmailWords>

/** Undefined for an order that is cancelled by now: its buyer gets the e-mail about that. */
export async function writeOrderConfirmed(deps: WriteOrderEmailDeps, id: string): Promise<Words | undefined> {
  const order = await findAnyOrder(deps, id)
  if (order === undefined || order.state !== 'owned') return undefined
  return orderConfirmedEmail(await factsOf(deps, order), { isAttached: false })
}

export async function writeOrderCancelled(
  deps: WriteOrderEmailDeps,
  { order: id, by }: { order: string; by: 'fan' | 'organiser' | 'provider' },
): Promise<Words | undefined> {
  const order = await findAnyOrder(deps, id)
  return order === undefined ? undefined : orderCancelledEmail(await factsOf(deps, order), by)
}

export async function writePaymentRefunded(
  { db }: WriteOrderEmailDeps,
  id: string,
): Promise<Words | undefined> {
  const [payment] = await db
    .select({
      amountMinor: payments.amountMinor,
      currency: payments.currency,
      festival: festivals.name,
    })
    .from(payments)
    .innerJoin(festivals, eq(festivals.id, payments.festivalId))
    .where(eq(payments.id, id))
  return payment === undefined ? undefined : paymentRefundedEmail(payment)
}

async function factsOf({ db, publicUrl }: WriteOrderEmailDeps, order: Order): Promise<OrderFacts> {
  const [festival] = await db
    .select({ name: festivals.name, place: festivals.place, startsAt: festivals.startsAt })
    .from(festivals)
    .where(eq(festivals.id, order.festival))
  if (festival === undefined) throw new Error('an order has a festival')
  const types = Map.groupBy(order.tickets, ({ typeName }) => typeName)
  return {
    ...{ id: order.id, amountMinor: order.amountMinor, currency: order.currency },
    ...{ festival: festival.name, place: festival.place, startsAt: festival.startsAt },
    lines: [...types].map(([typeName, { length: quantity }]) => ({ typeName, quantity })),
    link: `${publicUrl}/orders/${order.id}`,
  }
}
