import type { checkInRoute } from '../../../../../shared/api/check-ins.ts'
import { isHangul } from '../../../../../shared/ticket-input.ts'
import { ask } from '../../../layout/browser/lib/api.ts'
import type { StaffData } from '../../staff.ts'
import type { Confirmable, Verdict } from '../../staff-verdict.ts'
import { hashOf, readTicket, textToRecord } from './ticket-code.ts'
import { newId } from './ticket-device.ts'
import { evaluateAlone, type OwnVerdict } from './ticket-evaluate.ts'
import type { GateKnowledge } from './ticket-knowledge.ts'
import type { GateLog } from './ticket-log.ts'
import type { Evaluated, Scanned } from './ticket-queue.ts'
import { type Scan, scannedAt } from './ticket-scan.ts'
import { type GateServer, GUEST_PATIENCE_MS } from './ticket-server.ts'
import type { GateStats } from './ticket-stats.ts'

type EvaluatorDeps = {
  data: Pick<StaffData, 'festival' | 'gate' | 'types'>
  device: string
  known: GateKnowledge
  log: GateLog
  server: GateServer
  stats: GateStats
  onChange: () => void
}

type ScannedText = Pick<Scan, 'id' | 'festival' | 'qr' | 'gate' | 'at' | 'offsetMs'> & {
  confirmed: Confirmable[]
}

/** Evaluates scans: by the server while it is reachable, by what this device knows otherwise; records each. */
export function createEvaluator(deps: EvaluatorDeps): (scanned: Scanned) => Promise<Evaluated> {
  const { server } = deps
  const { festival, gate } = deps.data
  let evaluating: Promise<unknown> = Promise.resolve()

  /** Sequential, so that each decision includes the check-ins before it. */
  function evaluateNext(scanned: ScannedText): Promise<Verdict> {
    const evaluated = evaluating.then(() => evaluateOffline(deps, scanned))
    evaluating = evaluated.catch(() => undefined)
    return evaluated
  }

  return async ({ text, confirmed, at }) => {
    const qr = textToRecord(text)
    if (qr === '') return { id: undefined, verdict: { result: 'unknown', why: 'unreadable' } }
    const offsetMs = deps.known.clock.offsetMs()
    const scanned = { id: newId(), festival, qr, gate, at, offsetMs, confirmed: [...confirmed] }
    const asked = await askServer(deps, scanned)
    if (asked === undefined && server.isForbidden) return { id: undefined, verdict: { result: 'forbidden' } }
    const verdict = asked ?? (await evaluateNext(scanned))
    const isMistyped = verdict.why === 'unreadable' && isHangul(text)
    return { id: scanned.id, verdict: isMistyped ? { ...verdict, why: 'hangul' } : verdict }
  }
}

/**
 * Undefined when the server could not be reached. While the network is unavailable no request is made: the gate's
 * `probe` checks it.
 */
async function askServer(
  { device, known, log, server, stats, onChange }: EvaluatorDeps,
  scanned: ScannedText,
): Promise<Verdict | undefined> {
  if (server.isUnavailable) return undefined
  const answer = await server.waitFor(
    ask<typeof checkInRoute>('post', '/check-ins', { body: { ...scanned, device } }),
    { patienceMs: GUEST_PATIENCE_MS },
  )
  if (answer.status === 'refused' && answer.problem.status === 422) {
    return { result: 'unknown', why: 'unreadable' }
  }
  if (answer.status !== 'done') return undefined
  const verdict = answer.body
  if (verdict.result === 'admitted') {
    const hash = await hashOfTicket(scanned.qr, known)
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

/** Recorded before the verdict is shown, whatever it is: the server receives all of them. */
async function evaluateOffline(deps: EvaluatorDeps, scanned: ScannedText): Promise<Verdict> {
  const { known, log, onChange } = deps
  const { festival, keys, list, window } = known
  const own = await evaluateAlone(scanned.qr, {
    ...{ festival, keys, list, window, nowMs: known.clock.nowMs(), confirmed: scanned.confirmed },
    undoneHere: log.undoneHere,
    usedHere: (hash) => usedHere(log, hash),
  })
  const verdict = inWords(own, deps)
  const hash = 'ticket' in own ? own.ticket.hash : undefined
  const label = labelOf(verdict)
  const isAdded = await log
    .add({ ...scanned, hash, label, verdict: own.result, state: 'waiting', isUndone: false })
    .catch(() => false)
  onChange()
  return isAdded ? verdict : { result: 'full' }
}

/** The hash of the ticket's code; for a typed ticket, if the list contains it. */
async function hashOfTicket(
  text: string,
  { list }: Pick<GateKnowledge, 'list'>,
): Promise<string | undefined> {
  const read = readTicket(text)
  if (read.kind === 'typed') return list?.ofLetters(read.type, read.letters)?.hash
  return read.kind === 'unreadable' ? undefined : await hashOf(read.code)
}

function usedHere(log: GateLog, hash: string): { at: string; gate: string } | undefined {
  const scan = log.usedHere(hash)
  return scan && { at: scannedAt(scan), gate: scan.gate }
}

/** The verdict of this device, with the type and the holder by name. */
function inWords(own: OwnVerdict, { data, known }: Pick<EvaluatorDeps, 'data' | 'known'>): Verdict {
  if (!('ticket' in own)) return { ...own, isAlone: true }
  const { ticket, ...rest } = own
  const type = data.types.find(({ id }) => id === ticket.type)
  const holder = known.names?.nameOf.get(ticket.hash)
  const shown = {
    ...{ typeName: type?.name ?? String(ticket.type), number: ticket.number },
    ...(holder === undefined ? {} : { holder }),
  }
  const since = own.result === 'already-used' && own.at === undefined ? known.list?.at : undefined
  return { ...rest, ticket: shown, isAlone: true, ...(since === undefined ? {} : { at: since }) }
}

function labelOf({ ticket }: Pick<Verdict, 'ticket'>): string {
  if (ticket === undefined) return ''
  return ticket.number === undefined ? ticket.typeName : `${ticket.typeName} ${ticket.number}`
}
