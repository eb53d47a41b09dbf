import { randomBytes } from 'node:crypto'
import { asc, inArray, type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database, Transaction } from '../../../drizzle/database.ts'
import { isDuplicate } from '../../../drizzle/errors.ts'
import { orderNumberOf } from '../../../drizzle/order-number.ts'
import { units } from '../../../drizzle/schema/catalogue.ts'
import { orders, type PaymentState, payments, tickets } from '../../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../../drizzle/transaction.ts'
import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import { cutText } from '../../../shared/text.ts'
import type { NewEmail, QueueEmails } from '../../email/queue-emails.ts'
import { isOpen, type Payment, type SettledState } from '../payment.ts'
import type { ChargeOutcome, SuccessfulCharge } from '../provider.ts'
import { lockOwned } from './evaluate-order.ts'
import { paymentRow } from './record-payments.ts'

export type ChargedPayment = { payment: Payment; outcome: Exclude<ChargeOutcome, { status: 'unknown' }> }

/** A payment's state in MySQL after settling; `refunding` was charged and could not become an order. */
export type SettledPayment = {
  payment: Payment
  state: SettledState
  orderId?: string
  reason?: string
}

type UnitRow = { type: number; number: number }
type Settling = SettledPayment & { units: UnitRow[]; chargeId?: string }

const REASON_CHARACTERS_MAX = 200

/**
 * Turns charged payments into orders that own their units, and records declined ones: all in one transaction. A payment
 * settled before keeps its outcome, so settling again changes nothing; but money found for one that ended without a
 * charge is refunded, and so is one of another amount, and a payment that exceeds the account's limit or pays for a hold that was bought before,
 * whatever Redis replied (`evaluate-order.ts`).
 *
 * Returns the result of each payment, by its ID; one that was never recorded is missing.
 *
 * @param queue - writes the e-mails to the buyers; left out where none are sent
 */
export async function settlePayments(
  db: Database,
  batch: readonly ChargedPayment[],
  at: Date,
  queue?: QueueEmails | undefined,
  newOrderId: () => string = uuidv7,
): Promise<Map<string, SettledPayment>> {
  return await runTransaction(
    db,
    (tx) => settleIn(tx, batch, at, queue, newOrderId),
    // The orders get other IDs in the next attempt, and so other numbers.
    (error) => isDuplicate(error, 'orders_number'),
  )
}

async function settleIn(
  tx: Transaction,
  batch: readonly ChargedPayment[],
  at: Date,
  queue: QueueEmails | undefined,
  newOrderId: () => string,
): Promise<Map<string, SettledPayment>> {
  const known = await lockPayments(tx, batch)
  // The same payment may be in the stream twice, after it was requeued.
  const once = [...new Map(batch.map((each) => [each.payment.id, each])).values()]
  const open = once.filter(({ payment, outcome }) => mayChange(known.get(payment.id)?.state, outcome))
  const charged = open.filter(
    ({ payment, outcome }) => outcome.status === 'succeeded' && isOpen(known.get(payment.id)?.state),
  )
  const owned = await lockOwned(
    tx,
    charged.map(({ payment }) => payment),
  )
  const free = await takeFreeUnits(tx, charged)

  const settled = open.map(({ payment, outcome }): Settling => {
    if (outcome.status === 'declined')
      return {
        payment,
        state: 'declined',
        reason: cutText(outcome.reason, REASON_CHARACTERS_MAX),
        units: [],
      }
    const { chargeId } = outcome
    const refund = (reason: string): Settling => {
      return { payment, state: 'refunding', reason, units: [], chargeId }
    }
    if (!isOpen(known.get(payment.id)?.state)) return refund(REFUND_REASONS.chargedLate)
    if (!isPaidInFull(payment, outcome)) return refund(REFUND_REASONS.wrongAmount)
    const refusal = owned.refusalOf(payment)
    if (refusal !== undefined) return refund(refusal)
    const taken = assignUnits(free, payment)
    if (taken === undefined) return refund(REFUND_REASONS.soldOut)
    owned.add(payment)
    return { payment, state: 'confirmed', orderId: newOrderId(), units: taken, chargeId }
  })

  const rows = settled.map(({ payment, state, reason, chargeId }) => ({
    ...paymentRow(payment, at),
    state,
    reason: reason ?? null,
    chargeId: chargeId ?? null,
    settledAt: at,
  }))
  if (rows.length > 0) {
    // The rows exist and are locked: this updates many rows, each with different values.
    await tx
      .insert(payments)
      .values(rows)
      .onDuplicateKeyUpdate({
        set: {
          state: sql`values(${payments.state})`,
          reason: sql`values(${payments.reason})`,
          chargeId: sql`values(${payments.chargeId})`,
          settledAt: sql`values(${payments.settledAt})`,
        },
      })
  }
  await writeOrders(tx, settled, at)
  await queue?.(tx, at, settled.flatMap(emailOf))
  // What was settled now comes last: it may have changed a payment that had ended.
  return new Map([...settledBefore(batch, known), ...settled].map((each) => [each.payment.id, each]))
}

/** Notifies the buyer of an order or a refund; all of a batch in one statement. */
function emailOf({ payment, state, orderId }: SettledPayment): NewEmail[] {
  const { id, account } = payment
  if (orderId !== undefined) {
    const key = `order-confirmed:${orderId}`
    return [{ template: 'order-confirmed', params: { order: orderId }, key, account }]
  }
  if (state !== 'refunding') return []
  return [{ template: 'payment-refunded', params: { payment: id }, key: `payment-refunded:${id}`, account }]
}

/** By the provider's own record, where it has one. */
function isPaidInFull(payment: Payment, { amountMinor, currency }: SuccessfulCharge): boolean {
  return (
    (amountMinor ?? payment.amountMinor) === payment.amountMinor &&
    (currency ?? payment.currency) === payment.currency
  )
}

type KnownPayment = { state: PaymentState; orderId: string | null; reason: string | null }

function mayChange(state: PaymentState | undefined, outcome: ChargedPayment['outcome']): boolean {
  if (isOpen(state)) return true
  return (state === 'declined' || state === 'expired') && outcome.status === 'succeeded'
}

/** Locks the rows of a batch, in the order of their IDs so that two batches cannot wait for each other. */
async function lockPayments(
  tx: Transaction,
  batch: readonly ChargedPayment[],
): Promise<Map<string, KnownPayment>> {
  const ids = batch.map(({ payment }) => payment.id)
  const rows = await tx
    .select({ id: payments.id, state: payments.state, reason: payments.reason })
    .from(payments)
    // A list as one parameter, which the driver expands.
    .where(sql`${payments.id} in (${sql.param(ids)})`)
    .orderBy(asc(payments.id))
    .for('update')
  // One that was cancelled since had its order nevertheless.
  const ended = rows.filter(({ state }) => !isOpen(state)).map(({ id }) => id)
  const made =
    ended.length === 0
      ? []
      : await tx
          .select({ id: orders.id, paymentId: orders.paymentId })
          .from(orders)
          .where(inArray(orders.paymentId, ended))
  const orderOf = new Map(made.map((order) => [order.paymentId, order.id]))
  return new Map(rows.map(({ id, ...row }) => [id, { ...row, orderId: orderOf.get(id) ?? null }]))
}

/**
 * Locks as many free units of each type as the batch has paid for, all types in one statement. Rows that another origin
 * is settling are skipped; only when those left do not suffice does it wait for them, since they may become free again.
 */
async function takeFreeUnits(
  tx: Transaction,
  charged: readonly ChargedPayment[],
): Promise<Map<number, number[]>> {
  const wanted = new Map<number, number>()
  for (const { type, quantity } of charged.flatMap(({ payment }) => payment.basket)) {
    wanted.set(type, (wanted.get(type) ?? 0) + quantity)
  }
  const inOrder = [...wanted].sort(([a], [b]) => a - b)
  const free = await lockFreeUnits(tx, inOrder, sql` skip locked`)
  const short = inOrder.filter(([type, quantity]) => (free.get(type)?.length ?? 0) < quantity)
  for (const [type, numbers] of await lockFreeUnits(tx, short, sql``)) free.set(type, numbers)
  return free
}

/** Ticket type → numbers of free units, locked: as many of each as are wanted and available. */
async function lockFreeUnits(
  tx: Transaction,
  wanted: readonly [type: number, quantity: number][],
  whenLocked: SQL,
): Promise<Map<number, number[]>> {
  if (wanted.length === 0) return new Map()
  const queries = wanted.map(
    ([type, quantity]) =>
      sql`(select ${units.ticketTypeId} as type, ${units.number} as number from ${units}
        where ${units.ticketTypeId} = ${type} and ${units.orderId} is null
        order by ${units.number} limit ${quantity} for update${whenLocked})`,
  )
  const [rows] = await tx.execute(sql.join(queries, sql` union all `))
  const free = new Map<number, number[]>(wanted.map(([type]) => [type, []]))
  for (const { type, number } of rows as unknown as { type: number; number: number }[]) {
    free.get(type)?.push(number)
  }
  return free
}

/** Takes a payment's whole basket out of `free`, or nothing when it does not suffice. */
function assignUnits(free: Map<number, number[]>, payment: Payment): UnitRow[] | undefined {
  if (payment.basket.some(({ type, quantity }) => (free.get(type)?.length ?? 0) < quantity)) return undefined
  return payment.basket.flatMap(({ type, quantity }) =>
    (free.get(type) ?? []).splice(0, quantity).map((number) => ({ type, number })),
  )
}

async function writeOrders(
  tx: Transaction,
  settled: readonly (SettledPayment & { units: UnitRow[] })[],
  at: Date,
): Promise<void> {
  const made = settled.flatMap(({ payment, orderId, units: taken }) =>
    orderId === undefined ? [] : [{ payment, orderId, taken }],
  )
  if (made.length === 0) return
  await tx.insert(orders).values(
    made.map(({ payment, orderId }) => ({
      id: orderId,
      number: orderNumberOf(orderId),
      paymentId: payment.id,
      accountId: payment.account,
      festivalId: payment.room,
      amountMinor: payment.amountMinor,
      currency: payment.currency,
      createdAt: at,
    })),
  )
  const owned = made.flatMap(({ orderId, taken }) => taken.map((unit) => ({ ...unit, orderId })))
  const [updated] = await tx
    .insert(units)
    .values(owned.map(({ type, number, orderId }) => ({ ticketTypeId: type, number, orderId })))
    .onDuplicateKeyUpdate({ set: { orderId: sql`values(${units.orderId})` } })
  // MySQL counts an updated row twice and an inserted one once: every unit must have existed.
  if (updated.affectedRows !== owned.length * 2) throw new Error('A unit that was locked is not there')
  await tx.insert(tickets).values(
    owned.map(({ type, number, orderId }) => ({
      id: uuidv7(),
      orderId,
      ticketTypeId: type,
      unitNumber: number,
      code: randomBytes(16).toString('base64url'),
    })),
  )
}

function settledBefore(
  batch: readonly ChargedPayment[],
  known: ReadonlyMap<string, KnownPayment>,
): SettledPayment[] {
  return batch.flatMap(({ payment }) => {
    const row = known.get(payment.id)
    if (row === undefined || isOpen(row.state)) return []
    return [
      {
        payment,
        state: row.state,
        ...(row.orderId === null ? {} : { orderId: row.orderId }),
        ...(row.reason === null ? {} : { reason: row.reason }),
      },
    ]
  })
}
