import type { StaffData } from '../../staff.ts'
import type { Verdict } from '../../staff-verdict.ts'
import { type Answer, ask, pause } from './api.ts'
import { hashOf, importKeys, readTicket } from './ticket-code.ts'
import { judgeAlone, type OwnVerdict } from './ticket-judge.ts'
import { fetchList, indexList, type ListIndex } from './ticket-list.ts'
import { type GateLog, openGateLog } from './ticket-log.ts'
import { type BatchResult, reconcile } from './ticket-reconcile.ts'
import type { Scan } from './ticket-scan.ts'
import { forgetfulStore, openTicketStore, type TicketStore } from './ticket-store.ts'

/** One device at a gate: asks the server while there is one, decides by itself while there is none, and keeps both. */
export type Gate = {
  log: GateLog
  /** Whether anything is kept over a reload. */
  isKeeping: boolean
  scan(text: string): Promise<Verdict>
  /** Takes someone back; `away` when that was sent already and there is no network to take it back over. */
  undo(scan: Scan): Promise<{ status: 'undone' | 'away' }>
  sendWaiting(): Promise<void>
  /** Sends what waits; refreshes the keys and the list. */
  catchUp(): Promise<void>
  state(): GateState
}

export type GateState = {
  isAway: boolean
  isSignedOut: boolean
  /** False where the browser cannot check signatures; undefined before the keys came. */
  canVerify: boolean | undefined
  list: ListIndex | undefined
}

type ServerVerdict = Omit<Verdict, 'result'> & { result: Exclude<Verdict['result'], 'undecided' | 'full'> }

/** After which a device at a gate no longer waits for the network; a late answer changes nothing. */
const PATIENCE_MS = 4000
const LIMITS = { waitingMax: 5000, keptMax: 5000 }

/** @param onGateChange - after anything in `state` or `log` has changed */
export async function openGate(data: StaffData, onGateChange: (gate: Gate) => void): Promise<Gate> {
  const { festival, gate, types } = data
  const { store, isKeeping } = await openStore()
  const log = await openGateLog(store, festival, LIMITS)
  const kept = await store.readList(festival)
  const jwks = await store.readKeys()
  let keys = jwks === undefined ? undefined : await importKeys(jwks)
  let list = kept === undefined ? undefined : indexList(kept)
  let isReconciling = false
  let hasKeys = jwks !== undefined
  let isAway = false
  let isSignedOut = false

  /** Asks the server, and notes whether there is one. */
  async function send<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const answer = await Promise.race([
      ask<T>(method, path, body),
      pause(PATIENCE_MS).then((): Answer<T> => ({ status: 'away' })),
    ])
    isAway = answer.status === 'away' || (answer.status === 'refused' && answer.problem.status >= 500)
    isSignedOut = answer.status === 'refused' && [401, 403].includes(answer.problem.status)
    onChange()
    return answer
  }

  const nameOf = (type: number) => types.find(({ id }) => id === type)?.name ?? String(type)

  async function scan(text: string): Promise<Verdict> {
    const id = newId()
    const at = new Date().toISOString()
    const scanned = { id, festival, qr: text.trim(), gate, at }
    const answer = await send<ServerVerdict>('POST', '/api/check-ins', scanned)
    if (answer.status === 'refused' && answer.problem.status === 422) {
      return { result: 'unknown', why: 'unreadable' }
    }
    if (answer.status !== 'done') return await decideAlone(scanned)
    const verdict = answer.body
    if (verdict.result === 'admitted') {
      const read = readTicket(text)
      const hash = read.kind === 'signed' || read.kind === 'code' ? await hashOf(read.code) : undefined
      await log.add({
        ...{ ...scanned, qr: '', hash, label: labelOf(verdict), state: 'sent', isUndone: false },
      })
      onChange()
    }
    return verdict
  }

  /** Written down before anyone is told yes. */
  async function decideAlone(scanned: Omit<Scan, 'hash' | 'label' | 'state' | 'isUndone'>): Promise<Verdict> {
    const own = await judgeAlone(scanned.qr, { festival, keys, list, usedHere: log.usedHere })
    const verdict = inWords(own)
    if (own.result !== 'admitted') return verdict
    const { hash } = own.ticket
    const isAdded = await log.add({
      ...{ ...scanned, hash, label: labelOf(verdict), state: 'waiting', isUndone: false },
    })
    onChange()
    return isAdded ? verdict : { result: 'full' }
  }

  function inWords(own: OwnVerdict): Verdict {
    if (!('ticket' in own)) return { ...own, isAlone: true }
    const { ticket, ...rest } = own
    const shown = { typeName: nameOf(ticket.type), number: ticket.number }
    const since = own.result === 'already-used' && own.at === undefined ? list?.at : undefined
    return { ...rest, ticket: shown, isAlone: true, ...(since === undefined ? {} : { at: since }) }
  }

  function labelOf({ ticket }: Verdict): string {
    if (ticket === undefined) return ''
    return ticket.number === undefined ? ticket.typeName : `${ticket.typeName} ${ticket.number}`
  }

  async function undo(scan: Scan): Promise<{ status: 'undone' | 'away' }> {
    if (scan.state === 'sent') {
      const answer = await send('DELETE', `/api/check-ins/${scan.id}`)
      const isGone = answer.status === 'refused' && answer.problem.status === 404
      if (answer.status !== 'done' && !isGone) return { status: 'away' }
    }
    await log.change(scan.id, { isUndone: true })
    onChange()
    // The server may have the scan, its answer lost: it is told in either case.
    if (scan.state === 'waiting') void sendWaiting()
    return { status: 'undone' }
  }

  async function sendWaiting(): Promise<void> {
    if (isReconciling) return
    isReconciling = true
    try {
      await reconcile(log, (scans) =>
        send<{ results: BatchResult[] }>('POST', '/api/check-ins/batch', { festival, scans }),
      )
    } finally {
      isReconciling = false
      onChange()
    }
  }

  async function catchUp(): Promise<void> {
    await sendWaiting()
    const published = await send<{ keys: JsonWebKey[] }>('GET', '/api/check-ins/keys')
    if (published.status !== 'done') return
    hasKeys = true
    keys = await importKeys(published.body.keys)
    await store.writeKeys(published.body.keys)
    const fetched = await fetchList(
      festival,
      types.map(({ id }) => id),
    )
    if (fetched === undefined) return
    list = indexList(fetched)
    await store.writeList(fetched)
    onChange()
  }

  const opened: Gate = {
    ...{ log, isKeeping, scan, undo, sendWaiting, catchUp },
    state: () => ({ isAway, isSignedOut, canVerify: hasKeys ? keys !== undefined : undefined, list }),
  }
  return opened

  function onChange(): void {
    onGateChange(opened)
  }
}

async function openStore(): Promise<{ store: TicketStore; isKeeping: boolean }> {
  try {
    return { store: await openTicketStore(), isKeeping: true }
  } catch {
    return { store: forgetfulStore, isKeeping: false }
  }
}

/** A UUID of version 4, also on a page over plain HTTP, where `crypto.randomUUID` is not. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte, i) => {
    if (i === 6) return ((byte & 0x0f) | 0x40).toString(16)
    if (i === 8) return ((byte & 0x3f) | 0x80).toString(16)
    return byte.toString(16).padStart(2, '0')
  }).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
