import type { Database } from '../../drizzle/database.ts'
import type { Clock } from '../../shared/clock.ts'
import { recordChange } from '../audit/record-change.ts'
import { orderTransaction } from '../orders/transaction.ts'
import type { CatalogueCopy } from './catalogue.ts'
import {
  type FestivalLimits,
  type Refusal,
  type TicketTypeFields,
  ticketTypeFaults,
  tooMuchTogether,
} from './festival-rules.ts'
import { lockFestival, raiseVersion } from './locked-festival.ts'
import { insertTicketType } from './make-festival.ts'
import { type FestivalStanding, readChanged } from './read-festivals.ts'

export type AddTicketTypeResult =
  | { status: 'added'; type: number; festival: FestivalStanding }
  | { status: 'missing' }
  | Refusal

/** Adds a ticket type with its units, also while others are on sale. */
export async function addTicketType(
  deps: { db: Database; now: Clock; catalogue: Pick<CatalogueCopy, 'follow'>; limits: FestivalLimits },
  { festival: id, account, fields }: { festival: string; account: string; fields: TicketTypeFields },
): Promise<AddTicketTypeResult> {
  const errors = ticketTypeFaults(fields, deps.limits)
  if (errors.length > 0) return { status: 'invalid', errors }
  const result = await orderTransaction(deps.db, async (tx): Promise<AddTicketTypeResult> => {
    const record = await lockFestival(tx, id)
    if (record === undefined) return { status: 'missing' }
    const tooMuch = tooMuchTogether([...record.ticketTypes, fields], deps.limits)
    if (tooMuch !== undefined) return tooMuch
    const type = await insertTicketType(tx, id, fields)
    await raiseVersion(tx, record)
    await recordChange(tx, {
      at: new Date(deps.now()),
      accountId: account,
      action: 'ticket-type.add',
      subject: id,
      before: {},
      after: { type, ...fields },
    })
    return { status: 'added', type, festival: await readChanged(tx, id) }
  })
  if (result.status === 'added') await deps.catalogue.follow()
  return result
}
