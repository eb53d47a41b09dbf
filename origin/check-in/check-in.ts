import { and, eq, or } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import {
  type Confirmable,
  type DeviceVerdict,
  gateScans,
  type ServerVerdict,
} from '../../drizzle/schema/gate.ts'
import { checkIns, type TicketFlag, tickets } from '../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import type { UnknownWhy } from '../../shared/api/check-ins.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { ReadTicketText } from '../tickets/ticket-text.ts'
import { type CheckInWindow, readCheckInWindow } from './check-in-window.ts'
import { evaluateScan, type Judgement, type ScanFacts } from './evaluate-scan.ts'
import { type FindTicketResult, findTicket, type GateTicket } from './find-ticket.ts'
import { isNotable, type ScanRow } from './scan-row.ts'
import { correctScanTime, type DeviceClock, type ScanTime } from './scan-time.ts'

export type CheckInInput = {
  /** Chosen by the device for this scan: when it is sent again, it counts once. */
  id: string
  festival: string
  /** The text that was scanned or typed. */
  text: string
  gate: string
  /** The device's random ID. */
  device?: string | undefined
  clock: DeviceClock
  /** The staff member's account. */
  account: string
  /** What the device showed, where it decided offline; undefined where it waits for this response. */
  deviceVerdict?: DeviceVerdict | undefined
  /** What the staff member has confirmed for this scan. */
  confirmed?: readonly Confirmable[] | undefined
  /** Scanned and undone before it could be sent: recorded, and admits nobody. */
  isUndone?: boolean | undefined
}

export type CheckInResult =
  | { status: 'already-used' | 'undone'; ticket: GateTicket; at: Date; gate: string }
  /** `flag` is what staff should know of the ticket's refunds and disputes. */
  | { status: 'admitted'; ticket: GateTicket; at: Date; gate: string; flag: TicketFlag | undefined }
  /** A valid ticket that the device had refused: it stays unused. */
  | { status: 'valid'; ticket: GateTicket }
  /** Its order was cancelled. */
  | { status: 'void'; ticket: GateTicket }
  /** Admits after confirmation by staff. */
  | { status: 'flagged'; ticket: GateTicket; flag: TicketFlag }
  /** The same, scanned outside of the festival's check-in window. */
  | ({ status: 'outside-window'; ticket: GateTicket } & CheckInWindow)
  | { status: 'unknown'; why: UnknownWhy }
  /** The ID belongs to a scan of another ticket. */
  | { status: 'id-reused' }
  | { status: 'no-festival' }

export type CheckInDeps = { db: Database; readTicketText: ReadTicketText; now: Clock }

type ScanToRecord = CheckInInput & {
  confirmed: readonly Confirmable[]
  time: ScanTime
  window: CheckInWindow
  receivedAt: Date
}

/**
 * Records a scan, and checks its ticket in if it is valid, not checked in yet, and not refused by the device: in one
 * transaction, under the lock of the ticket's row, which cancelling takes as well. The unique index on the ticket's
 * live check-in decides (invariant 8). A scan that is sent again keeps its verdict; what the device showed meanwhile is
 * added to it.
 */
export async function checkIn(deps: CheckInDeps, input: CheckInInput): Promise<CheckInResult> {
  const { db, now } = deps
  const window = await readCheckInWindow(db, input.festival)
  if (window === undefined) return { status: 'no-festival' }
  const found = await findTicket(db, input.festival, deps.readTicketText(input.text))
  const receivedAt = new Date(now())
  const time = correctScanTime(input.clock, receivedAt.getTime())
  const scan = { ...input, confirmed: input.confirmed ?? [], time, window, receivedAt }
  const run = () => runTransaction(db, (tx) => recordScan(tx, found, scan))
  try {
    return await run()
  } catch (error) {
    // The same scan was recorded at the same moment: the second attempt finds it.
    if (!isDuplicate(error)) throw error
    return await run()
  }
}

async function recordScan(
  tx: Transaction,
  found: FindTicketResult,
  scan: ScanToRecord,
): Promise<CheckInResult> {
  const ticketId = found.status === 'found' ? found.id : null
  // The ticket's row comes first: scans of one ticket are evaluated one after the other.
  const ticket = ticketId === null ? undefined : await lockTicket(tx, ticketId)
  const [known] = await tx.select().from(gateScans).where(eq(gateScans.id, scan.id))
  if (known !== undefined) {
    if (known.ticketId !== ticketId || known.festivalId !== scan.festival) return { status: 'id-reused' }
    return resultOf(await addToRecord(tx, known, scan), found)
  }
  const uses = ticketId === null ? [] : await readUses(tx, scan.id, ticketId)
  // Checked in by an origin older than this record.
  const own = uses.find(({ id }) => id === scan.id)
  if (own !== undefined && own.ticketId !== ticketId) return { status: 'id-reused' }
  const usedBy = uses.find((use) => use.ticketId === ticketId && use.live === true && use.id !== scan.id)
  const facts: ScanFacts =
    found.status === 'unknown'
      ? { ticket: 'unknown', why: found.why }
      : { ticket: 'found', isVoid: ticket?.live !== true, flag: ticket?.flag ?? null, usedBy }
  const { time, window, confirmed } = scan
  const isUndone = scan.isUndone === true || own?.live === null
  const recorded = rowOf(
    { ...scan, isUndone },
    ticketId,
    evaluateScan(facts, { at: time.at, window, confirmed }),
  )
  await tx.insert(gateScans).values(recorded)
  if (own === undefined) await insertUse(tx, recorded)
  return resultOf(recorded, found)
}

/** Checks the ticket in, or records that it was checked in and undone. */
async function insertUse(tx: Transaction, scan: Omit<ScanRow, 'seq'>): Promise<void> {
  const { id, ticketId, at, gate, accountId, undoneAt, undoneBy } = scan
  if (ticketId === null || (scan.serverVerdict !== 'admitted' && undoneAt === null)) return
  const undone = undoneAt === null ? {} : { undoneAt, undoneBy, live: null }
  await tx.insert(checkIns).values({ id, ticketId, at, accountId, gate, ...undone })
}

function rowOf(
  scan: ScanToRecord & { isUndone: boolean },
  ticketId: string | null,
  { verdict, detail }: Judgement,
): Omit<ScanRow, 'seq'> {
  const { deviceVerdict = null, confirmed, isUndone, time, receivedAt } = scan
  // A ticket that the device refused and a scan that was undone admit nobody.
  const isRefused = isUndone || (deviceVerdict !== null && deviceVerdict !== 'admitted')
  const serverVerdict: ServerVerdict = verdict === 'admitted' && isRefused ? 'valid' : verdict
  const row = {
    id: scan.id,
    festivalId: scan.festival,
    ticketId,
    device: scan.device ?? null,
    gate: scan.gate,
    accountId: scan.account,
    deviceVerdict,
    serverVerdict,
    detail,
    confirmed: [...confirmed],
    letIn: (deviceVerdict ?? verdict) === 'admitted' && !isUndone,
    at: time.at,
    deviceAt: time.deviceAt,
    deviceOffsetMs: scan.clock.offsetMs ?? null,
    clockDoubtful: time.isDoubtful,
    receivedAt,
    undoneAt: isUndone ? receivedAt : null,
    undoneBy: isUndone ? scan.account : null,
  } satisfies Omit<ScanRow, 'seq' | 'notable'>
  return { ...row, notable: isNotable(row) }
}

async function lockTicket(tx: Transaction, id: string) {
  const [locked] = await tx
    .select({ live: tickets.live, flag: tickets.flag })
    .from(tickets)
    .where(eq(tickets.id, id))
    .for('update')
  return locked
}

/** The ticket's live check-in, and one that has the scan's ID but is not in the record. */
async function readUses(tx: Transaction, id: string, ticketId: string) {
  return await tx
    .select()
    .from(checkIns)
    .where(or(eq(checkIns.id, id), and(eq(checkIns.ticketId, ticketId), eq(checkIns.live, true))))
}

/** Updates a known scan: what the device showed while the response was lost, and whether it is undone. */
async function addToRecord(
  tx: Transaction,
  known: ScanRow,
  { deviceVerdict, isUndone = false, account, receivedAt }: ScanToRecord,
): Promise<ScanRow> {
  const shown = known.deviceVerdict ?? deviceVerdict ?? null
  const isNewlyUndone = isUndone && known.undoneAt === null
  const undone = isNewlyUndone ? { undoneAt: receivedAt, undoneBy: account } : {}
  const changed = { ...known, ...undone, deviceVerdict: shown }
  const letIn = (shown ?? known.serverVerdict) === 'admitted' && changed.undoneAt === null
  const after = { ...changed, letIn, notable: known.notable || isNotable({ ...changed, letIn }) }
  if (shown === known.deviceVerdict && !isNewlyUndone) return after
  const { undoneAt, undoneBy, notable } = after
  await tx
    .update(gateScans)
    .set({ deviceVerdict: shown, undoneAt, undoneBy, letIn, notable })
    .where(eq(gateScans.seq, known.seq))
  // Undone, or the device refused what the server admitted in a lost response: the guest is not in.
  if (!letIn) {
    await tx
      .update(checkIns)
      .set({ undoneAt: receivedAt, undoneBy: account, live: null })
      .where(and(eq(checkIns.id, known.id), eq(checkIns.live, true)))
  }
  return after
}

function resultOf(row: Omit<ScanRow, 'seq'>, found: FindTicketResult): CheckInResult {
  if (found.status === 'unknown') return { status: 'unknown', why: found.why }
  const { ticket } = found
  const { serverVerdict: status, detail, at, gate } = row
  if (row.undoneAt !== null || (status === 'admitted' && !row.letIn)) {
    return { status: 'undone', ticket, at, gate }
  }
  switch (status) {
    case 'admitted':
      return { status, ticket, at, gate, flag: detail.flag }
    case 'already-used':
      return { status, ticket, at: new Date(detail.usedAt ?? at), gate: detail.usedGate ?? '' }
    case 'flagged':
      return { status, ticket, flag: detail.flag ?? 'disputed' }
    case 'outside-window':
      return {
        ...{ status, ticket },
        ...{ opensAt: new Date(detail.opensAt ?? at), closesAt: new Date(detail.closesAt ?? at) },
      }
    case 'valid':
    case 'void':
      return { status, ticket }
    case 'unknown':
      return { status, why: 'no-such-ticket' }
  }
}
