import { isHangul } from '../../../../../shared/ticket-input.ts'
import { type Answer, ask, pause } from '../../../layout/browser/lib/api.ts'
import { isNotPermitted } from '../../../layout/browser/lib/ticket-permission.ts'
import type { StaffData, Summary } from '../../staff.ts'
import type { CheckInWindow, Confirmable, Verdict } from '../../staff-verdict.ts'
import { createGateClock, measureOffset } from './ticket-clock.ts'
import { hashOf, importKeys, readTicket, textToRecord } from './ticket-code.ts'
import { evaluateAlone, type OwnVerdict } from './ticket-evaluate.ts'
import { fetchList, indexList, type ListIndex } from './ticket-list.ts'
import { type GateLog, openGateLog } from './ticket-log.ts'
import { fetchNames, NAMES_KEPT_MS_MAX, openNameStore, type TicketNames } from './ticket-names.ts'
import type { Judged, Scanned } from './ticket-queue.ts'
import { type BatchResult, reconcile } from './ticket-reconcile.ts'
import { type Scan, scannedAt } from './ticket-scan.ts'
import { createGateStats, type Stats } from './ticket-stats.ts'
import { forgetfulStore, openTicketStore, type TicketStore } from './ticket-store.ts'

/** One device at a gate: asks the server while it is online, decides locally while it is not, and records both. */
export type Gate = {
  log: GateLog
  /** Whether data is stored across reloads. */
  isKeeping: boolean
  scan(scanned: Scanned): Promise<Judged>
  /** Undoes a check-in; `away` when it was already sent and the network is unavailable. */
  undo(scan: Scan): Promise<{ status: 'undone' | 'away' }>
  sendWaiting(): Promise<void>
  /** Checks whether the network is back, and sends queued scans. */
  probe(): Promise<void>
  /** Measures the clock, sends queued scans, and refreshes the keys and the list. */
  catchUp(): Promise<void>
  state(): GateState
  /** The number of guests who are in, and the latest of them. */
  stats(): Stats
  /** Requests the number of guests from the server. */
  refreshStats(): Promise<void>
}

type GateState = {
  isUnavailable: boolean
  /** Whether the server allows no check-ins by the signed-in user: this device judges nothing then. */
  isForbidden: boolean
  /** False where the browser cannot verify signatures; undefined before the keys were received. */
  canVerify: boolean | undefined
  list: ListIndex | undefined
  /** Until when names are stored here, ISO 8601; undefined while none are. */
  namesUntil: string | undefined
}

type ServerVerdict = Omit<Verdict, 'result'> & {
  result: Exclude<Verdict['result'], 'undecided' | 'full' | 'forbidden'>
}

type ScannedText = Pick<Scan, 'id' | 'festival' | 'qr' | 'gate' | 'at' | 'offsetMs'> & {
  confirmed: Confirmable[]
}

/** How long a guest waits for the network; a later response changes nothing. */
const PATIENCE_MS = 4000
/** Background requests may take longer: on a slow network they would never finish otherwise. */
const BACKGROUND_PATIENCE_MS = 15_000
const NAMES_MS = 600_000
const LIMITS = { queueMax: 5000, keptMax: 5000 }

/** @param onGateChange - called after any change of `state` or `log` */
export async function openGate(data: StaffData, onGateChange: (gate: Gate) => void): Promise<Gate> {
  const { festival, gate, types } = data
  const { store, isKeeping } = await openStore()
  const log = await openGateLog(store, festival, LIMITS)
  const kept = await store.readList(festival)
  const jwks = await store.readKeys()
  const terms = await store.readTerms(festival)
  const device = await ownId(store)
  const clock = createGateClock(terms?.offsetMs, Date.now)
  let window = terms?.window ?? data.window
  let keys = jwks === undefined ? undefined : await importKeys(jwks)
  let list = kept === undefined ? undefined : indexList(kept)
  let isReconciling = false
  let hasKeys = jwks !== undefined
  let isUnavailable = false
  let isForbidden = false
  const nameStore = openNameStore()
  let names = await nameStore.read(festival)
  const stats = createGateStats({
    page: data.summary,
    kept: await store.readStats(festival),
    // A device without free storage starts counting from the page after a reload.
    keep: (known) => void store.writeStats(festival, known).catch(() => undefined),
    nowMs: clock.nowMs,
  })
  let judging: Promise<unknown> = Promise.resolve()

  /** Sends a request to the server, and records whether it is reachable. */
  async function send<T>(
    method: string,
    path: string,
    body?: unknown,
    patienceMs = BACKGROUND_PATIENCE_MS,
  ): Promise<Answer<T>> {
    const answer = await Promise.race([
      ask<T>(method, path, body),
      pause(patienceMs).then((): Answer<T> => ({ status: 'away' })),
    ])
    isUnavailable = answer.status === 'away' || (answer.status === 'refused' && answer.problem.status >= 500)
    if (isNotPermitted(answer)) await forbid()
    // The check-in window may also be read by other members of the team.
    else if (answer.status === 'done' && !path.endsWith('/window')) isForbidden = false
    onChange()
    return answer
  }

  /** Clears the data for judging tickets, and names. Queued scans are preserved for the next user who signs in. */
  async function forbid(): Promise<void> {
    isForbidden = true
    list = undefined
    keys = undefined
    hasKeys = false
    await Promise.all([store.forgetLists().catch(() => undefined), forgetNames()])
  }

  const nameOf = (type: number) => types.find(({ id }) => id === type)?.name ?? String(type)

  async function scan({ text, confirmed: confirmedBefore, at }: Scanned): Promise<Judged> {
    const qr = textToRecord(text)
    if (qr === '') return { id: undefined, verdict: { result: 'unknown', why: 'unreadable' } }
    const confirmed = [...confirmedBefore]
    const scanned = { id: newId(), festival, qr, gate, at, offsetMs: clock.offsetMs(), confirmed }
    const asked = await askServer(scanned)
    if (asked === undefined && isForbidden) return { id: undefined, verdict: { result: 'forbidden' } }
    const verdict = asked ?? (await evaluateNext(scanned))
    const isMistyped = verdict.why === 'unreadable' && isHangul(text)
    return { id: scanned.id, verdict: isMistyped ? { ...verdict, why: 'hangul' } : verdict }
  }

  /**
   * Undefined when the server could not be reached. While the network is unavailable no request is made: `probe` checks
   * it.
   */
  async function askServer(scanned: ScannedText): Promise<Verdict | undefined> {
    if (isUnavailable) return undefined
    const answer = await send<ServerVerdict>('POST', '/api/check-ins', { ...scanned, device }, PATIENCE_MS)
    if (answer.status === 'refused' && answer.problem.status === 422) {
      return { result: 'unknown', why: 'unreadable' }
    }
    if (answer.status !== 'done') return undefined
    const verdict = answer.body
    if (verdict.result === 'admitted') {
      const hash = await hashOfTicket(scanned.qr)
      const label = labelOf(verdict)
      // The server has recorded it: a device without free storage merely does not recognise the ticket again.
      await log
        .add({ ...scanned, qr: '', hash, label, verdict: 'admitted', state: 'sent', isUndone: false })
        .catch(() => false)
      stats.noteChange(1)
      onChange()
    }
    return verdict
  }

  /** Sequential, so that each decision includes the check-ins before it. */
  function evaluateNext(scanned: ScannedText): Promise<Verdict> {
    const judged = judging.then(() => decideAlone(scanned))
    judging = judged.catch(() => undefined)
    return judged
  }

  /** Recorded before the verdict is shown, whatever it is: the server receives all of them. */
  async function decideAlone(scanned: ScannedText): Promise<Verdict> {
    const { confirmed } = scanned
    const nowMs = clock.nowMs()
    const { undoneHere } = log
    const own = await evaluateAlone(scanned.qr, {
      festival,
      keys,
      list,
      usedHere,
      undoneHere,
      window,
      nowMs,
      confirmed,
    })
    const verdict = inWords(own)
    const hash = 'ticket' in own ? own.ticket.hash : undefined
    const label = labelOf(verdict)
    const isAdded = await log
      .add({ ...scanned, hash, label, verdict: own.result, state: 'waiting', isUndone: false })
      .catch(() => false)
    onChange()
    return isAdded ? verdict : { result: 'full' }
  }

  /** The hash of the ticket's code; for a typed ticket, if the list contains it. */
  async function hashOfTicket(text: string): Promise<string | undefined> {
    const read = readTicket(text)
    if (read.kind === 'typed') return list?.ofLetters(read.type, read.letters)?.hash
    return read.kind === 'unreadable' ? undefined : await hashOf(read.code)
  }

  function usedHere(hash: string) {
    const scan = log.usedHere(hash)
    return scan && { at: scannedAt(scan), gate: scan.gate }
  }

  function inWords(own: OwnVerdict): Verdict {
    if (!('ticket' in own)) return { ...own, isAlone: true }
    const { ticket, ...rest } = own
    const holder = names?.nameOf.get(ticket.hash)
    const shown = {
      ...{ typeName: nameOf(ticket.type), number: ticket.number },
      ...(holder === undefined ? {} : { holder }),
    }
    const since = own.result === 'already-used' && own.at === undefined ? list?.at : undefined
    return { ...rest, ticket: shown, isAlone: true, ...(since === undefined ? {} : { at: since }) }
  }

  function labelOf({ ticket }: Verdict): string {
    if (ticket === undefined) return ''
    return ticket.number === undefined ? ticket.typeName : `${ticket.typeName} ${ticket.number}`
  }

  async function undo(scan: Scan): Promise<{ status: 'undone' | 'away' }> {
    if (scan.state === 'sent') {
      const answer = await send('DELETE', `/api/check-ins/${scan.id}`, undefined, PATIENCE_MS)
      const isGone = answer.status === 'refused' && answer.problem.status === 404
      if (answer.status !== 'done' && !isGone) return { status: 'away' }
    }
    const undoneAt = new Date(clock.nowMs()).toISOString()
    await log.change(scan.id, { isUndone: true, undoneAt })
    if (scan.state === 'sent') stats.noteChange(-1)
    onChange()
    // The server may have the scan although its response was lost, so the undo is sent in either case.
    if (scan.state === 'waiting') void sendWaiting()
    return { status: 'undone' }
  }

  /** A guest whom the server has admitted no longer counts as waiting. */
  async function noteSent(...[id, change]: Parameters<GateLog['change']>): Promise<void> {
    await log.change(id, change)
    if (change.state === 'sent' && change.isUndone !== true) stats.noteChange(1)
  }

  async function sendWaiting(): Promise<void> {
    if (isReconciling) return
    isReconciling = true
    try {
      await reconcile({ ...log, change: noteSent }, (scans) =>
        send<{ results: BatchResult[] }>('POST', '/api/check-ins/batch', {
          ...{ festival, device, scans },
          sentAt: new Date().toISOString(),
        }),
      )
    } finally {
      isReconciling = false
      onChange()
    }
  }

  /** Requests the check-in window, and measures the clock by the response. */
  async function refreshTerms(): Promise<void> {
    const askedMs = Date.now()
    const path = `/api/festivals/${festival}/check-ins/window`
    const answer = await send<CheckInWindow & { now: string }>('GET', path)
    if (answer.status !== 'done') return
    const { now, opensAt, closesAt } = answer.body
    clock.note(measureOffset({ askedMs, answeredMs: Date.now(), serverMs: Date.parse(now) }))
    window = { opensAt, closesAt }
    await store.writeTerms(festival, { window, offsetMs: clock.offsetMs() })
  }

  async function probe(): Promise<void> {
    if (log.waiting().length > 0) await sendWaiting()
    else if (isUnavailable) await refreshTerms()
  }

  async function catchUp(): Promise<void> {
    await refreshTerms()
    await sendWaiting()
    const published = await send<{ keys: JsonWebKey[] }>('GET', '/api/check-ins/keys')
    if (published.status !== 'done') return
    hasKeys = true
    keys = await importKeys(published.body.keys)
    await store.writeKeys(published.body.keys)
    const fetched = await fetchList(
      festival,
      types.map(({ id }) => id),
      new Date(clock.nowMs()).toISOString(),
    )
    if (fetched === 'forbidden') {
      await forbid()
      return onChange()
    }
    if (fetched === undefined) return
    list = indexList(fetched)
    await store.writeList(fetched)
    await refreshNames()
    onChange()
  }

  /** Names are stored while they are useful: until check-in is over, or a day without updates has passed. */
  async function refreshNames(): Promise<void> {
    const nowMs = clock.nowMs()
    const isOver = nowMs > Date.parse(window.closesAt)
    const ageMs = nowMs - (names?.atMs ?? 0)
    if (!isOver && ageMs >= NAMES_MS) {
      const fetched = await fetchNames(
        festival,
        types.map(({ id }) => id),
        nowMs,
      )
      if (fetched === 'forbidden') return await forgetNames()
      if (fetched === undefined) return
      names = fetched
      return await nameStore.write(fetched)
    }
    if (isOver) await forgetNames()
  }

  async function forgetNames(): Promise<void> {
    names = undefined
    await nameStore.forget()
  }

  async function refreshStats(): Promise<void> {
    const answer = await ask<Summary>('GET', `/api/festivals/${festival}/check-ins/summary`)
    if (answer.status === 'done') stats.noteSummary(answer.body)
    onChange()
  }

  if (isOld(names)) await forgetNames()

  function isOld(kept: TicketNames | undefined): boolean {
    const ageMs = clock.nowMs() - (kept?.atMs ?? clock.nowMs())
    return ageMs > NAMES_KEPT_MS_MAX || clock.nowMs() > Date.parse(window.closesAt)
  }

  const opened: Gate = {
    ...{ log, isKeeping, scan, undo, sendWaiting, probe, catchUp },
    state: () => ({
      ...{ isUnavailable, isForbidden, canVerify: hasKeys ? keys !== undefined : undefined, list },
      namesUntil: names && window.closesAt,
    }),
    stats: () => stats.read(log.all()),
    refreshStats,
  }
  return opened

  function onChange(): void {
    onGateChange(opened)
  }
}

/** The device's ID, created when it first opens a gate. */
async function ownId(store: TicketStore): Promise<string> {
  const known = await store.readDevice()
  if (known !== undefined) return known
  const made = newId()
  await store.writeDevice(made)
  return made
}

async function openStore(): Promise<{ store: TicketStore; isKeeping: boolean }> {
  try {
    return { store: await openTicketStore(), isKeeping: true }
  } catch {
    return { store: forgetfulStore, isKeeping: false }
  }
}

/** A version 4 UUID that also works on a page over plain HTTP, which has no `crypto.randomUUID`. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte, i) => {
    if (i === 6) return ((byte & 0x0f) | 0x40).toString(16)
    if (i === 8) return ((byte & 0x3f) | 0x80).toString(16)
    return byte.toString(16).padStart(2, '0')
  }).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
