import { and, count, eq, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../../../drizzle/database.ts'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../../drizzle/schema/catalogue.ts'
import { type BasketLine, orders, payments } from '../../../drizzle/schema/purchases.ts'
import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import type { Payment } from '../payment.ts'

/** What the accounts of a batch own, updated while its payments become orders one after another. */
export type Owned = {
  /** Why a charged payment must not become an order, as one of `REFUND_REASONS`; undefined when it may. */
  refusalOf(payment: Payment): string | undefined
  /** Counts what has become an order. */
  add(payment: Payment): void
}

/**
 * Locks the accounts of a batch and counts what they own, so that two origins that settle for one account do so one
 * after the other. Other accounts do not wait. The rows are locked in the order of their IDs, so two batches with
 * accounts in common cannot deadlock.
 *
 * A hold belongs to one account, so the same lock ensures that it becomes at most one order: an order that was
 * cancelled since has used it up too, as a pass covers one completed order.
 */
export async function lockOwned(tx: Transaction, batch: readonly Payment[]): Promise<Owned> {
  const ids = [...new Set(batch.map(({ account }) => account))]
  const festivals = [...new Set(batch.map(({ room }) => room))]
  const bought = ids.length === 0 ? [] : await lockAndRead(tx, ids, festivals)
  const paidHolds = new Set(bought.map(({ hold }) => hold))
  const units = new Map<string, number>()
  const add = (account: string, basket: readonly BasketLine[], sign = 1) => {
    for (const { type, quantity } of basket) {
      const key = keyOf(account, type)
      units.set(key, (units.get(key) ?? 0) + sign * quantity)
    }
  }
  // Units that are being refunded are void, and do not count towards the limit.
  for (const { account, state, basket, returned } of bought) {
    if (state !== 'owned') continue
    add(account, basket)
    add(account, returned ?? [], -1)
  }
  const limits = await readLimits(tx, batch, units)

  return {
    refusalOf({ account, hold, basket }) {
      if (paidHolds.has(hold)) return REFUND_REASONS.holdPaid
      const exceeds = basket.some(({ type, quantity, limit = 0 }) => {
        const most = Math.max(limit, limits.get(type) ?? 0)
        return (units.get(keyOf(account, type)) ?? 0) + quantity > most
      })
      return exceeds ? REFUND_REASONS.overLimit : undefined
    },
    add({ account, hold, basket }) {
      paidHolds.add(hold)
      add(account, basket)
    },
  }
}

/** Indexes are named, since a plan by any other would lock more, or read everything that a festival has sold. */
async function lockAndRead(tx: Transaction, ids: readonly string[], festivals: readonly string[]) {
  // A list as one parameter, which the driver writes out: building a statement of hundreds costs more than running it.
  const list = sql.param(ids)
  await tx
    .select({ locked: count() })
    .from(accounts, { forceIndex: 'PRIMARY' })
    .where(sql`${accounts.id} in (${list})`)
    .for('update')
  return await tx
    .select({
      account: orders.accountId,
      state: orders.state,
      hold: payments.holdId,
      basket: payments.basket,
      returned: orders.returned,
    })
    .from(orders, { forceIndex: 'orders_account' })
    .innerJoin(payments, eq(payments.id, orders.paymentId))
    .where(and(sql`${orders.accountId} in (${list})`, inArray(orders.festivalId, [...festivals])))
}

/**
 * Current limits, only of the types of which an account would exceed the limit stored with its hold. The higher of the
 * two applies: a lowered limit takes back nothing that was held before, and a raised one may have let the account hold
 * more since.
 */
async function readLimits(
  tx: Transaction,
  batch: readonly Payment[],
  owned: ReadonlyMap<string, number>,
): Promise<Map<number, number>> {
  const wanted = new Map(owned)
  const exceeded = new Set<number>()
  for (const { account, basket } of batch) {
    for (const { type, quantity, limit = 0 } of basket) {
      const key = keyOf(account, type)
      const units = (wanted.get(key) ?? 0) + quantity
      wanted.set(key, units)
      if (units > limit) exceeded.add(type)
    }
  }
  if (exceeded.size === 0) return new Map()
  const rows = await tx
    .select({ id: ticketTypes.id, limit: ticketTypes.accountLimit })
    .from(ticketTypes)
    .where(inArray(ticketTypes.id, [...exceeded]))
  return new Map(rows.map(({ id, limit }) => [id, limit]))
}

function keyOf(account: string, type: number): string {
  return `${account}:${type}`
}
