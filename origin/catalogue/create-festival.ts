import { and, count, eq, gte } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { auditLog } from '../../drizzle/schema/audit.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { teamMembers } from '../../drizzle/schema/teams.ts'
import { timesErrors } from '../../shared/api/festival-times.ts'
import type { InputError } from '../../shared/api/problem.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { hasRight } from '../access/rights.ts'
import { recordChange } from '../audit-log/record-change.ts'
import { findKey, type KeyRefusal, keyedTransaction, storeKey } from '../idempotency/keyed-request.ts'
import {
  DRAFTS_MAX,
  DRAFTS_PER_ORGANISER_MAX,
  type FestivalFields,
  type FestivalLimits,
  festivalErrors,
  type Refusal,
  type TicketTypeFields,
  ticketTypeErrors,
  tooMuchTogether,
} from './festival-rules.ts'
import { insertFestival, type NewFestival } from './make-festival.ts'
import { type FestivalWithStock, readChanged } from './read-festivals.ts'

export type CreateFestivalInput = {
  id: string
  account: string
  fields: FestivalFields
  room: NewFestival['room']
  ticketTypes: TicketTypeFields[]
  /** The `Idempotency-Key` of the request, if it has one. */
  key?: string | undefined
}

export type CreateFestivalResult =
  | { status: 'created'; festival: FestivalWithStock }
  | { status: 'id-taken' }
  | { status: 'too-many-drafts'; draftsMax: number }
  | KeyRefusal
  | Refusal

/**
 * Creates a draft that only its team sees until it is published; its creator owns it. Of two concurrent requests for
 * one ID, one succeeds. A request that is repeated with its key creates nothing, and returns the current festival.
 */
export async function createFestival(
  deps: { db: Database; now: Clock; limits: FestivalLimits },
  { key, ...input }: CreateFestivalInput,
): Promise<CreateFestivalResult> {
  const { id, account, fields, room, ticketTypes } = input
  const errors = inputErrors(deps, input)
  if (errors.length > 0) return { status: 'invalid', errors }
  const tooMuch = tooMuchTogether(ticketTypes, deps.limits)
  if (tooMuch !== undefined) return tooMuch

  const { description, ...festival } = fields
  const made: NewFestival = {
    ...festival,
    id,
    descriptionKo: description.ko,
    descriptionEn: description.en,
    published: false,
    room,
    ticketTypes,
  }
  const request = { operation: 'festival.create', ...input }
  const keyed = key === undefined ? undefined : { account, key, request }
  try {
    return await keyedTransaction(deps.db, async (tx): Promise<CreateFestivalResult> => {
      const at = new Date(deps.now())
      const status = await findKey(tx, at, keyed)
      if (status === 'repeated') {
        // An account that has left the team since must not learn the current state of the festival by it.
        return (await isMember(tx, id, account))
          ? { status: 'created', festival: await readChanged(tx, id) }
          : { status: 'id-taken' }
      }
      if (status !== 'new') return { status }
      const draftsMax = await reachedLimit(tx, account)
      if (draftsMax !== undefined) return { status: 'too-many-drafts', draftsMax }
      await storeKey(tx, at, keyed)
      // At the same instant as the change: changes from before a festival was created belong to another with its ID.
      await insertFestival(tx, () => at.getTime(), made)
      await tx.insert(teamMembers).values({ festivalId: id, accountId: account, role: 'owner', since: at })
      await recordChange(tx, {
        at,
        accountId: account,
        action: 'festival.create',
        subject: id,
        festivalId: id,
        before: {},
        after: { ...fields, room, ticketTypes },
      })
      return { status: 'created', festival: await readChanged(tx, id) }
    })
  } catch (error) {
    if (isDuplicate(error)) return { status: 'id-taken' }
    throw error
  }
}

async function isMember(tx: Transaction, festival: string, account: string): Promise<boolean> {
  const [member] = await tx
    .select({ role: teamMembers.role })
    .from(teamMembers)
    .where(and(eq(teamMembers.festivalId, festival), eq(teamMembers.accountId, account)))
  return hasRight(member?.role, 'view')
}

/**
 * The limit of drafts that has been reached, or undefined. Waits for a draft that the same organiser is just creating.
 */
async function reachedLimit(tx: Transaction, account: string): Promise<number | undefined> {
  await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, account)).for('update')
  const isDraft = eq(festivals.published, false)
  const isOwn = and(
    eq(auditLog.subject, festivals.id),
    eq(auditLog.action, 'festival.create'),
    eq(auditLog.accountId, account),
    // Not those of a deleted draft with the same ID, which may have belonged to another account.
    gte(auditLog.at, festivals.createdAt),
  )
  const [own] = await tx.select({ drafts: count() }).from(festivals).innerJoin(auditLog, isOwn).where(isDraft)
  if ((own?.drafts ?? 0) >= DRAFTS_PER_ORGANISER_MAX) return DRAFTS_PER_ORGANISER_MAX
  const [all] = await tx.select({ drafts: count() }).from(festivals).where(isDraft)
  return (all?.drafts ?? 0) >= DRAFTS_MAX ? DRAFTS_MAX : undefined
}

function inputErrors(
  { now, limits }: { now: Clock; limits: FestivalLimits },
  { fields, room, ticketTypes }: CreateFestivalInput,
): InputError[] {
  const { startsAt, endsAt } = fields
  const check = { now: now(), stage: 'draft', isSet: () => true } as const
  return [
    ...festivalErrors(fields),
    ...timesErrors({ startsAt, endsAt, room, ticketTypes }, check),
    ...ticketTypes.flatMap((type, i) =>
      ticketTypeErrors(type, limits).map((error) => ({
        ...error,
        pointer: `/ticketTypes/${i}${error.pointer}`,
      })),
    ),
  ]
}
