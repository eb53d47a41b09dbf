import { and, asc, desc, eq, lt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { festivals, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { orders } from '../../drizzle/schema/purchases.ts'
import { BYTE_ORDER_MARK, csvLines } from '../../shared/csv.ts'
import { minorDigits } from '../../shared/format.ts'
import type { Language } from '../../shared/in-language.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { type InZone, withOffset } from '../../shared/zoned-time.ts'
import { recordChange } from '../audit-log/record-change.ts'
import type { ReadTicketText } from '../tickets/ticket-text.ts'
import { type FoundOrder, type OrderFilter, type SearchOrdersDeps, searchOrders } from './search-orders.ts'

export type ExportOrdersInput = OrderFilter & {
  room: string
  /** The exporting account. */
  account: string
  before?: string | undefined
  /** The language of headings and states. */
  language: Language
}

/** `complete` is false when the festival has more orders than one export reads: the oldest are missing. */
export type ExportOrdersResult =
  | { status: 'ready'; complete: boolean; lines: AsyncIterable<string> }
  | { status: 'missing' }

const ORDERS_PER_READ = 500
export const ORDERS_EXPORTED_MAX = 200_000

const HEADINGS: Record<Language, readonly string[]> = {
  en: [
    ...['order ID', 'order number', 'ordered', 'status', 'cancelled'],
    ...['name', 'e-mail', 'amount', 'refunded', 'currency', 'payment ID'],
  ],
  ko: [
    ...['예매 ID', '예매 번호', '예매 일시', '상태', '취소 일시'],
    ...['예매자', '이메일', '금액', '환불 금액', '통화', '결제 ID'],
  ],
}

const STATES: Record<Language, Record<FoundOrder['state'], string>> = {
  en: { owned: 'valid', cancelling: 'being cancelled', cancelled: 'cancelled' },
  ko: { owned: '유효', cancelling: '취소 중', cancelled: '취소됨' },
}

/**
 * A festival's orders as CSV with times in its zone, newest first, read while they are sent: of the newest `ordersMax`,
 * those that the filter matches. The audit log names the exporting account before the first line is sent.
 */
export async function exportOrders(
  deps: { db: Database; readTicketText: ReadTicketText; now: Clock; ordersMax: number },
  input: ExportOrdersInput,
): Promise<ExportOrdersResult> {
  const { db, ordersMax } = deps
  const { room, account, before, language, ...filter } = input
  const [festival] = await db
    .select({ timeZone: festivals.timeZone })
    .from(festivals)
    .where(eq(festivals.id, room))
  if (festival === undefined) return { status: 'missing' }
  const types = await db
    .select({ id: ticketTypes.id, name: ticketTypes.name })
    .from(ticketTypes)
    .where(eq(ticketTypes.festivalId, room))
    .orderBy(asc(ticketTypes.id))
  const [beyond] = await db
    .select({ id: orders.id })
    .from(orders)
    .where(and(eq(orders.festivalId, room), before === undefined ? undefined : lt(orders.id, before)))
    .orderBy(desc(orders.id))
    .limit(1)
    .offset(ordersMax)
  await db.transaction((tx) =>
    recordChange(tx, {
      at: new Date(deps.now()),
      accountId: account,
      action: 'orders.export',
      subject: room,
      festivalId: room,
      before: {},
      after: { ...filter, ...(before === undefined ? {} : { before }) },
    }),
  )
  const search = { ...filter, room, before }
  return {
    status: 'ready',
    complete: beyond === undefined,
    lines: linesOf(deps, search, { types, language, zone: festival }, beyond?.id),
  }
}

type Columns = { types: readonly { id: number; name: string }[]; language: Language; zone: InZone }

async function* linesOf(
  deps: Pick<SearchOrdersDeps, 'db' | 'readTicketText'>,
  search: OrderFilter & { room: string; before: string | undefined },
  { types, language, zone }: Columns,
  end: string | undefined,
): AsyncGenerator<string> {
  const columns = { types, language, zone }
  yield BYTE_ORDER_MARK + csvLines([[...HEADINGS[language], ...types.map(({ name }) => name)]])
  let { before } = search
  do {
    const page = await searchOrders(
      { ...deps, scanMax: ORDERS_PER_READ },
      { ...search, before, limit: ORDERS_PER_READ },
    )
    const wanted = page.orders.filter(({ id }) => end === undefined || id > end)
    if (wanted.length > 0) yield csvLines(wanted.map((order) => cellsOf(order, columns)))
    before = page.next
  } while (before !== undefined && (end === undefined || before > end))
}

function cellsOf(order: FoundOrder, { types, language, zone: { timeZone } }: Columns): (string | number)[] {
  const counts = new Map(order.tickets.map(({ type, quantity }) => [type, quantity]))
  return [
    order.id,
    order.number,
    withOffset(order.createdAt, timeZone),
    STATES[language][order.state],
    order.cancelledAt === null ? '' : withOffset(order.cancelledAt, timeZone),
    order.account.name,
    order.account.email,
    majorUnits(order.amountMinor, order.currency),
    majorUnits(refundedMinor(order), order.currency),
    order.currency,
    order.payment,
    ...types.map(({ id }) => counts.get(id) ?? 0),
  ]
}

/** The cancellation of an order refunds what is left of it. */
function refundedMinor({ state, amountMinor, refundedMinor }: FoundOrder): number {
  return state === 'owned' ? refundedMinor : amountMinor
}

/** 1250 US cents are 12.50; 1250 won are 1250. */
function majorUnits(amountMinor: number, currency: string): string {
  const digits = minorDigits(currency)
  return (amountMinor / 10 ** digits).toFixed(digits)
}
