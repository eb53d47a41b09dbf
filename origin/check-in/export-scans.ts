import { and, desc, eq, lt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { festivals, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { gateScans } from '../../drizzle/schema/gate.ts'
import { tickets } from '../../drizzle/schema/purchases.ts'
import { BYTE_ORDER_MARK, csvLines } from '../../shared/csv.ts'
import type { Language } from '../../shared/in-language.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { type InZone, withOffset } from '../../shared/zoned-time.ts'
import { recordChange } from '../audit-log/record-change.ts'

/** The maximum number of scans in one file, the newest. */
const SCANS_EXPORTED_MAX = 500_000
const SCANS_PER_READ = 1000

const HEADINGS: Record<Language, readonly string[]> = {
  en: [
    ...[
      'scan ID',
      'scanned',
      'received',
      'device clock',
      'device offset (ms)',
      'clock doubtful',
      'gate',
      'device',
    ],
    ...['staff', 'ticket type', 'ticket number', 'device verdict', 'server verdict', 'reason', 'confirmed'],
    ...['admitted', 'undone'],
  ],
  ko: [
    ...[
      '스캔 ID',
      '스캔 일시',
      '수신 일시',
      '기기 시각',
      '기기 시각 차이(ms)',
      '기기 시각 의심',
      '입구',
      '기기',
    ],
    ...['스태프', '티켓 종류', '티켓 번호', '기기 판정', '서버 판정', '사유', '스태프 확인'],
    ...['입장', '되돌린 일시'],
  ],
}

const YES_OR_NO: Record<Language, { yes: string; no: string }> = {
  en: { yes: 'yes', no: 'no' },
  ko: { yes: '예', no: '아니요' },
}

export type ExportScansInput = { festival: string; account: string; language: Language }

/**
 * The scan record of a festival as CSV with times in its zone, newest first, read while it is sent. The audit log names
 * the exporting account before the first line is sent.
 */
export async function exportScans(
  { db, now }: { db: Database; now: Clock },
  { festival, account, language }: ExportScansInput,
): Promise<AsyncIterable<string>> {
  const [zone] = await db
    .select({ timeZone: festivals.timeZone })
    .from(festivals)
    .where(eq(festivals.id, festival))
  if (zone === undefined) throw new Error('a room has a festival')
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
  return linesOf(db, festival, { ...zone, language })
}

async function* linesOf(db: Database, festival: string, style: Style): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csvLines([HEADINGS[style.language]])
  let before: number | undefined
  for (let read = 0; read < SCANS_EXPORTED_MAX; read += SCANS_PER_READ) {
    const rows = await readPage(db, festival, before)
    if (rows.length > 0) yield csvLines(rows.map((row) => cellsOf(row, style)))
    if (rows.length < SCANS_PER_READ) return
    before = rows.at(-1)?.scan.seq
  }
}

type Style = InZone & { language: Language }

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

function cellsOf({ scan, staff, typeName, number }: Row, { timeZone, language }: Style): (string | number)[] {
  const time = (instant: Date) => withOffset(instant, timeZone)
  const yesOrNo = (value: boolean) => YES_OR_NO[language][value ? 'yes' : 'no']
  return [
    scan.id,
    time(scan.at),
    time(scan.receivedAt),
    time(scan.deviceAt),
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
    scan.undoneAt === null ? '' : time(scan.undoneAt),
  ]
}
