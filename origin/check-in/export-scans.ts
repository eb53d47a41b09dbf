import { and, desc, eq, lt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { gateScans } from '../../drizzle/schema/gate.ts'
import { tickets } from '../../drizzle/schema/purchases.ts'
import type { Clock } from '../../shared/clock.ts'
import { recordChange } from '../audit/record-change.ts'
import { BYTE_ORDER_MARK, csvLine } from '../sales/csv.ts'

/** Most scans in one file, the newest. */
export const SCANS_EXPORTED_MAX = 500_000
const SCANS_PER_READ = 1000

const HEADINGS = [
  ...['scan', 'scanned', 'received', 'device clock', 'device offset ms', 'clock doubtful', 'gate', 'device'],
  ...['staff', 'ticket type', 'ticket number', 'device verdict', 'server verdict', 'reason', 'confirmed'],
  ...['let in', 'taken back'],
]

/**
 * The gate's record of a festival as CSV (times in UTC), the newest first, read while it is sent. Who took it out is written
 * to the audit log before the first line goes.
 */
export async function exportScans(
  { db, now }: { db: Database; now: Clock },
  { festival, account }: { festival: string; account: string },
): Promise<AsyncIterable<string>> {
  await db.transaction((tx) =>
    recordChange(tx, {
      ...{
        at: new Date(now()),
        accountId: account,
        action: 'scans.export',
        subject: festival,
        festivalId: festival,
      },
      ...{ before: {}, after: {} },
    }),
  )
  return linesOf(db, festival)
}

async function* linesOf(db: Database, festival: string): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csvLine(HEADINGS)
  let before: number | undefined
  for (let read = 0; read < SCANS_EXPORTED_MAX; read += SCANS_PER_READ) {
    const rows = await readPage(db, festival, before)
    if (rows.length > 0) yield rows.map(lineOf).join('')
    if (rows.length < SCANS_PER_READ) return
    before = rows.at(-1)?.scan.seq
  }
}

type Row = Awaited<ReturnType<typeof readPage>>[number]

function readPage(db: Database, festival: string, before: number | undefined) {
  return db
    .select({
      scan: gateScans,
      staff: accounts.name,
      typeName: ticketTypes.name,
      number: tickets.unitNumber,
    })
    .from(gateScans)
    .innerJoin(accounts, eq(accounts.id, gateScans.accountId))
    .leftJoin(tickets, eq(tickets.id, gateScans.ticketId))
    .leftJoin(ticketTypes, eq(ticketTypes.id, tickets.ticketTypeId))
    .where(
      and(eq(gateScans.festivalId, festival), before === undefined ? undefined : lt(gateScans.seq, before)),
    )
    .orderBy(desc(gateScans.seq))
    .limit(SCANS_PER_READ)
}

function lineOf({ scan, staff, typeName, number }: Row): string {
  return csvLine([
    scan.id,
    scan.at.toISOString(),
    scan.receivedAt.toISOString(),
    scan.deviceAt.toISOString(),
    scan.deviceOffsetMs ?? '',
    yesOrNo(scan.clockDoubtful),
    scan.gate,
    scan.device ?? '',
    staff,
    typeName ?? '',
    number ?? '',
    scan.deviceVerdict ?? '',
    scan.serverVerdict,
    scan.detail.why ?? scan.detail.flag ?? '',
    scan.confirmed.join(' '),
    yesOrNo(scan.letIn),
    scan.undoneAt?.toISOString() ?? '',
  ])
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
