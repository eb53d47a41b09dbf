import { and, count, eq, isNull } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { DRAW_VERSION, festivals, rooms } from '../../drizzle/schema/catalogue.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import { timesErrors } from '../../shared/api/festival-times.ts'
import type { InputError } from '../../shared/api/problem.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { recordChange } from '../audit-log/record-change.ts'
import { timesOf } from '../festivals/festival-times.ts'
import { lockExpected, type Outdated, raiseVersion, type VersionCheck } from '../festivals/locked-festival.ts'
import type { FestivalRecord } from '../festivals/read-catalogue.ts'
import { readLastCheckpoint } from '../rooms/checkpoint.ts'
import type { CatalogueCopy } from './catalogue.ts'
import { type FestivalLimits, sellerErrors } from './festival-rules.ts'
import { type FestivalWithStock, readChanged } from './read-festivals.ts'

export type PublishResult =
  | { status: 'done'; festival: FestivalWithStock }
  | { status: 'missing' }
  | Outdated
  /** `errors` point into the festival's document, to what prevents it. */
  | { status: 'conflict'; detail: string; errors?: InputError[] }
  /** Redis does not have the room now, so it is unknown who has entered. */
  | { status: 'room-absent' }

export type PublishDeps = {
  db: Database
  redis: Redis
  now: Clock
  catalogue: Pick<CatalogueCopy, 'follow'>
  limits: FestivalLimits
}
type Input = { festival: string; account: string; isExpected?: VersionCheck }

/** Everything that prevents a draft from being published. */
function publishingErrors(record: FestivalRecord, now: number): InputError[] {
  const times = timesErrors(timesOf(record), { now, stage: 'publishing', isSet: () => true })
  const errors = [...times, ...sellerErrors(record.festival, record.ticketTypes)]
  if (record.ticketTypes.length > 0) return errors
  const detail = 'A festival needs a ticket type before it is published'
  return [{ pointer: '/ticketTypes', detail, code: 'ticket-type-missing' }, ...errors]
}

/** Publishes a draft and opens its room, in the phase of its schedule. A published one stays published. */
export function publishFestival(deps: PublishDeps, input: Input): Promise<PublishResult> {
  return changePublished(deps, input, true, async (tx, record) => {
    const errors = publishingErrors(record, deps.now())
    if (errors.length > 0) return { status: 'conflict', detail: 'It cannot be published as it is', errors }
    const [published] = await tx
      .select({ all: count() })
      .from(festivals)
      .innerJoin(rooms, eq(rooms.id, festivals.id))
      .where(and(eq(festivals.published, true), isNull(rooms.archivedAt)))
    // Two concurrent requests may exceed the limit by one; the catalogue then leaves out the one that opens last.
    if ((published?.all ?? 0) >= deps.limits.festivalsMax) {
      return {
        status: 'conflict',
        detail: `At most ${deps.limits.festivalsMax} festivals are on sale or about to be`,
      }
    }
    await raiseVersion(tx, record)
    return undefined
  })
}

/**
 * Makes a published festival a draft again, as long as no fan has entered its room. The room is removed from Redis
 * first, so that no fan can enter any more; when MySQL then fails, it is rebuilt. An origin that would build it from an
 * older copy waits for the room's row and finds another version (`openEpoch`).
 */
export function unpublishFestival(deps: Omit<PublishDeps, 'limits'>, input: Input): Promise<PublishResult> {
  return changePublished(deps, input, false, async (tx, record) => {
    const id = input.festival
    const removed =
      record.room.archivedAt === null ? await removeRoom(deps.redis, id) : await wasEntered(tx, id)
    if (removed.status !== 'removed') return removed
    await raiseVersion(tx, record)
    await tx
      .update(rooms)
      .set({ archivedAt: null, leftRedisAt: new Date(deps.now()) })
      .where(eq(rooms.id, id))
    return undefined
  })
}

/** @param prepare - what comes before the change; the result that it returns ends the request without one */
async function changePublished(
  deps: Omit<PublishDeps, 'limits'>,
  { festival: id, account, isExpected }: Input,
  published: boolean,
  prepare: (tx: Transaction, record: FestivalRecord) => Promise<PublishResult | undefined>,
): Promise<PublishResult> {
  const result = await runTransaction(deps.db, async (tx): Promise<PublishResult> => {
    const locked = await lockExpected(tx, id, isExpected)
    if (locked.status !== 'locked') return locked
    if (locked.record.festival.published !== published) {
      const refusal = await prepare(tx, locked.record)
      if (refusal !== undefined) return refusal
      await setPublished(tx, deps.now, { festival: id, account }, published)
    }
    return { status: 'done', festival: await readChanged(tx, id) }
  })
  if (result.status === 'done') await deps.catalogue.follow()
  return result
}

async function setPublished(
  tx: Transaction,
  now: Clock,
  { festival, account }: Input,
  published: boolean,
): Promise<void> {
  await tx.update(festivals).set({ published }).where(eq(festivals.id, festival))
  // No fan has entered, so no place token can be mistaken for one of another room.
  if (published) await tx.update(rooms).set({ drawVersion: DRAW_VERSION }).where(eq(rooms.id, festival))
  await recordChange(tx, {
    at: new Date(now()),
    accountId: account,
    action: published ? 'festival.publish' : 'festival.unpublish',
    subject: festival,
    festivalId: festival,
    before: { published: !published },
    after: { published },
  })
}

type RemovedRoom = { status: 'removed' } | Extract<PublishResult, { status: 'conflict' | 'room-absent' }>

/** For an archived room, MySQL knows how many had entered. */
async function wasEntered(tx: Transaction, room: string): Promise<RemovedRoom> {
  const entries = (await readLastCheckpoint(tx, room, 0))?.entries ?? 0
  return entries === 0 ? { status: 'removed' } : enteredConflict(entries)
}

function enteredConflict(entries: number): RemovedRoom {
  return { status: 'conflict', detail: `${entries} have entered its room, so fans keep seeing it` }
}

async function removeRoom(redis: Redis, room: string): Promise<RemovedRoom> {
  const keys = roomKeys(room)
  const [status, entries] = await redis.roomUnpublish(
    ...([keys.settings, keys.entries, keys.admission, keys.calls, keys.unresolved] as const),
    ...([keys.claimed, keys.turns, keys.turnEnds, keys.passes, keys.pass, keys.accounts] as const),
    ...([keys.stock, keys.types, keys.counts, keys.holds, keys.hold, keys.returning] as const),
    ...([keys.participants, keys.chances] as const),
  )
  switch (status) {
    case 'unpublished':
      return { status: 'removed' }
    case 'entered':
      return enteredConflict(Number(entries))
    case 'absent':
      return { status: 'room-absent' }
    default:
      throw new Error(`roomUnpublish answered ${status}`)
  }
}
