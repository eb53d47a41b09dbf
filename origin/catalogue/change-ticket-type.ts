import { and, eq, isNotNull } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { ticketTypes, units } from '../../drizzle/schema/catalogue.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import { changedTimesErrors, errorsIn } from '../../shared/api/festival-times.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { changedFields, recordChange } from '../audit-log/record-change.ts'
import { stageOf, timesOf } from '../festivals/festival-times.ts'
import { lockExpected, type Outdated, raiseVersion, type VersionCheck } from '../festivals/locked-festival.ts'
import type { FestivalRecord, TicketTypeRow } from '../festivals/read-catalogue.ts'
import type { CatalogueCopy } from './catalogue.ts'
import {
  type FestivalLimits,
  paidTypeErrors,
  type Refusal,
  type TicketTypeFields,
  ticketTypeErrors,
  tooMuchTogether,
} from './festival-rules.ts'
import { type FestivalWithStock, readChanged } from './read-festivals.ts'
import { deleteUnitsAfter, insertUnits, lockUnitsAfter } from './units.ts'
import { withdrawStock } from './withdraw-stock.ts'

export type TicketTypeChange = { [K in keyof TicketTypeFields]?: TicketTypeFields[K] | undefined }

export type ChangeTicketTypeResult =
  | { status: 'changed'; festival: FestivalWithStock }
  | { status: 'missing' }
  | Outdated
  | Refusal
  /** Redis does not have the room now, so it is unknown what is held. */
  | { status: 'room-absent' }

export type ChangeTicketTypeInput = {
  festival: string
  type: number
  account: string
  change: TicketTypeChange
  isExpected?: VersionCheck
}

export type ChangeTicketTypeDeps = {
  db: Database
  redis: Redis
  now: Clock
  catalogue: Pick<CatalogueCopy, 'follow'>
  limits: FestivalLimits
}

/**
 * Changes a ticket type, also while it is on sale:
 *
 * - Its quantity grows by new units, and shrinks by free ones: the last, none of them sold, as many as are not held.
 * - Its price and limit apply to later holds; a hold keeps the amount that the fan was shown.
 * - Its refund deadline may only move later once something is sold or held.
 */
export async function changeTicketType(
  deps: ChangeTicketTypeDeps,
  input: ChangeTicketTypeInput,
): Promise<ChangeTicketTypeResult> {
  const result = await runTransaction(deps.db, (tx) => changeIn(tx, deps, input))
  if (result.status === 'changed') await deps.catalogue.follow()
  return result
}

async function changeIn(
  tx: Transaction,
  deps: ChangeTicketTypeDeps,
  { festival, type, account, change, isExpected }: ChangeTicketTypeInput,
): Promise<ChangeTicketTypeResult> {
  const locked = await lockExpected(tx, festival, isExpected)
  if (locked.status !== 'locked') return locked
  const { record } = locked
  const row = record.ticketTypes.find(({ id }) => id === type)
  if (row === undefined) return { status: 'missing' }
  const before = ticketTypeFieldsOf(row)
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  const after: TicketTypeFields = { ...before, ...(Object.fromEntries(given) as Partial<TicketTypeFields>) }
  const changed = changedFields(before, after)
  if (changed === undefined) return { status: 'changed', festival: await readChanged(tx, festival) }

  const refusal =
    refusalOf(record, row, after, deps) ?? (await undoesPromise(tx, deps.redis, record, row, after))
  if (refusal !== undefined) return refusal
  const moved = await moveQuantity(tx, deps.redis, record, row, after.quantity)
  if (moved !== undefined) return moved
  await tx.update(ticketTypes).set(after).where(eq(ticketTypes.id, type))
  await raiseVersion(tx, record)
  await recordChange(tx, {
    at: new Date(deps.now()),
    accountId: account,
    action: 'ticket-type.change',
    subject: festival,
    festivalId: festival,
    before: { type, ...changed.before },
    after: { type, ...changed.after },
  })
  return { status: 'changed', festival: await readChanged(tx, festival) }
}

function refusalOf(
  record: FestivalRecord,
  row: TicketTypeRow,
  after: TicketTypeFields,
  { now, limits }: Pick<ChangeTicketTypeDeps, 'now' | 'limits'>,
): Refusal | undefined {
  const times = timesOf(record)
  const ticketTypes = record.ticketTypes.map((each) => (each.id === row.id ? after : each))
  const check = { now: now(), stage: stageOf(record) }
  const errors = [
    ...ticketTypeErrors(after, limits),
    ...paidTypeErrors(record.festival, { priceMinor: after.priceMinor, before: row.priceMinor }),
    ...errorsIn(
      `/ticketTypes/${record.ticketTypes.indexOf(row)}`,
      changedTimesErrors(times, { ...times, ticketTypes }, check),
    ),
  ]
  if (errors.length > 0) return { status: 'invalid', errors }
  return tooMuchTogether(ticketTypes, limits)
}

/** Fans bought under a deadline, or are just paying under one: it is never moved earlier. */
async function undoesPromise(
  tx: Transaction,
  redis: Redis,
  { festival }: FestivalRecord,
  row: TicketTypeRow,
  after: TicketTypeFields,
): Promise<Refusal | undefined> {
  if (after.refundUntil >= row.refundUntil) return undefined
  const sold = await tx
    .select({ number: units.number })
    .from(units)
    .where(and(eq(units.ticketTypeId, row.id), isNotNull(units.orderId)))
    .limit(1)
  if (sold.length === 0 && !(festival.published && (await isHeld(redis, festival.id, row.id))))
    return undefined
  const detail = 'Tickets of this type are sold or held; their refund deadline can only move later'
  return { status: 'conflict', detail, field: 'refundUntil' }
}

/** Units of a payment in process are held until it is an order. */
async function isHeld(redis: Redis, room: string, type: number): Promise<boolean> {
  return Number(await redis.hget(roomKeys(room).stock, `held:${type}`)) > 0
}

/**
 * Creates or deletes the rows of a quantity. Where units are removed, Redis is asked last and under all locks: from its
 * consent to the commit they cannot be held, and if the commit never comes they are for sale again automatically. Redis
 * applies the new quantity when the room is published in its new version, by any origin and any number of times.
 */
async function moveQuantity(
  tx: Transaction,
  redis: Redis,
  record: FestivalRecord,
  { id: type, quantity: before }: TicketTypeRow,
  after: number,
): Promise<Refusal | { status: 'room-absent' } | undefined> {
  if (after > before) await insertUnits(tx, type, { first: before + 1, last: after })
  if (after >= before) return undefined
  const highestOwned = await lockUnitsAfter(tx, type, after)
  if (highestOwned > 0) {
    return conflict(`Unit ${highestOwned} is sold, so the quantity cannot be less than that`)
  }
  // An archived room has no stock in Redis, and gets none while its row is locked.
  if (record.festival.published && record.room.archivedAt === null) {
    const withdrawn = await withdrawStock(redis, record, { type, units: before - after })
    if (withdrawn.status === 'absent') return { status: 'room-absent' }
    if (withdrawn.status === 'short') {
      const { free, held } = withdrawn
      return conflict(`${before - after} units would go, and only ${free} are free; ${held} are held`)
    }
  }
  await deleteUnitsAfter(tx, type, after)
  return undefined
}

function conflict(detail: string): Refusal {
  return { status: 'conflict', detail, field: 'quantity' }
}

/** A ticket type's own fields as organisers see them. */
function ticketTypeFieldsOf({ id: _, festivalId: __, ...fields }: TicketTypeRow): TicketTypeFields {
  return fields
}
