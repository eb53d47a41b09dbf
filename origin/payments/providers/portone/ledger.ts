import type { Clock } from '../../../../shared/runtime/clock.ts'
import type { ListedCharge, Reversal } from '../../provider.ts'
import type { Operation } from './call.ts'
import { type Cancellation, type PaymentRecord, readPage, readRecord, wasPaid } from './record.ts'
import { refundKeyOf } from './refund.ts'

const RECORDS_PER_PAGE = 100

type Listing = {
  /** Begins an operation, with its own time limit, for each page. */
  begin: () => Operation
  now: Clock
  since: Date
  listedMax: number
  /** No page of a search goes beyond this many payments; another search goes on where it ended. */
  searchedMax: number
}

/** Every payment that Naru registered and a fan opened since a time, oldest first. */
export async function* listCharges(listing: Listing): AsyncGenerator<ListedCharge> {
  for await (const record of readAll(listing, CREATED)) yield toListed(record)
}

/**
 * The payments that were cancelled in whole or in part since a time. PortOne has no list of disputes: they are known by
 * their events, and by `findReversals`.
 */
export async function* listReversed(
  listing: Listing,
): AsyncGenerator<{ key: string; kind: Reversal['kind'] }> {
  for await (const { id } of readAll(listing, CANCELLED)) yield { key: id, kind: 'refund' }
}

/** The cancellations and disputes of one payment. */
export async function findReversals(
  operation: Operation,
  key: string,
): Promise<{ status: 'found'; reversals: Reversal[] }> {
  const record = await readRecord(operation, key)
  if (record === undefined) return { status: 'found', reversals: [] }
  return {
    status: 'found',
    reversals: [...record.cancellations.map(toRefund), ...disputesOf(record)],
  }
}

type Search = { filter: Record<string, unknown>; at: (record: PaymentRecord) => Date }

const CREATED: Search = {
  filter: { timestampType: 'CREATED_AT', sortBy: 'REQUESTED_AT' },
  at: ({ requestedAt }) => requestedAt,
}
const CANCELLED: Search = {
  filter: {
    timestampType: 'STATUS_CHANGED_AT',
    sortBy: 'STATUS_CHANGED_AT',
    status: ['CANCELLED', 'PARTIAL_CANCELLED'],
  },
  at: ({ statusChangedAt }) => statusChangedAt,
}

/** Search after search. Throws beyond `listedMax` payments. */
async function* readAll(listing: Listing, search: Search): AsyncGenerator<PaymentRecord> {
  const until = new Date(listing.now())
  const counted = { read: 0 }
  let from: Date | undefined = listing.since
  while (from !== undefined && from <= until) {
    from = yield* readSearch(listing, { ...search, from, until, counted })
  }
}

/**
 * The payments of one search. Returns the time to begin the next search from when there are more: payments of just that
 * time are listed again.
 */
async function* readSearch(
  { begin, listedMax, searchedMax }: Listing,
  { filter, at, from, until, counted }: Search & { from: Date; until: Date; counted: { read: number } },
): AsyncGenerator<PaymentRecord, Date | undefined> {
  const range = { version: 'V2', from: from.toISOString(), until: until.toISOString(), sortOrder: 'ASC' }
  let last = from
  for (let number = 0; (number + 1) * RECORDS_PER_PAGE <= searchedMax; number += 1) {
    const options = { number, size: RECORDS_PER_PAGE, filter: { ...filter, ...range } }
    const { records, count, total } = await readPage(begin(), options)
    counted.read += count
    if (counted.read > listedMax) throw new Error(`PortOne has more than ${listedMax} payments to list`)
    for (const record of records) {
      last = at(record)
      yield record
    }
    if ((number + 1) * RECORDS_PER_PAGE >= total) return undefined
  }
  if (last <= from) throw new Error('PortOne has more payments of one time than it lists')
  return last
}

/** A payment that nobody has paid so far is open, also while an account waits for its deposit. */
function toListed(record: PaymentRecord): ListedCharge {
  const { id, status, amount, currency } = record
  const ended = status === 'FAILED' || status === 'CANCELLED' ? 'declined' : 'open'
  return {
    key: id,
    chargeId: id,
    amountMinor: amount.total,
    currency,
    status: wasPaid(record) ? 'succeeded' : ended,
    refundedMinor: amount.cancelled,
    createdAt: record.requestedAt,
  }
}

/** A cancellation that the gateway executes later counts as made until it fails. */
function toRefund(cancellation: Cancellation): Reversal {
  const { id, status, totalAmount, requestedAt } = cancellation
  const key = refundKeyOf(cancellation)
  return {
    id,
    ...(key === undefined ? {} : { key }),
    kind: 'refund',
    state: status === 'FAILED' ? 'failed' : 'done',
    amountMinor: totalAmount,
    madeAt: requestedAt,
  }
}

/** PortOne does not say who won a dispute: money that went back to the fan is a cancellation of its own. */
function disputesOf({ id, amount, disputes }: PaymentRecord): Reversal[] {
  return disputes.map(({ pgDisputeId, status, createdAt }) => ({
    id: pgDisputeId ?? `${id}-${createdAt.getTime()}`,
    kind: 'dispute',
    state: status === 'RESOLVED' ? 'failed' : 'open',
    amountMinor: amount.total,
    madeAt: createdAt,
  }))
}
