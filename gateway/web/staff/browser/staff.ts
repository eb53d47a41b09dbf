import { cachePage, sendToWorker } from '../../layout/browser/lib/cache-page.ts'
import { language, pageData, part, revealScripted, say, show } from '../../layout/browser/lib/page.ts'
import type { StaffData } from '../staff.ts'
import { CONFIRMABLE, type Confirmable } from '../staff-verdict.ts'
import { staffText } from '../text/staff.ts'
import { sayOutcome, showGate } from './lib/ticket-board.ts'
import type { Detector } from './lib/ticket-camera.ts'
import { type Gate, openGate } from './lib/ticket-gate.ts'
import { addToHistory, markUndone, settleHistory } from './lib/ticket-history.ts'
import { createScanInput } from './lib/ticket-input.ts'
import { createScanQueue, type Evaluated, type Scanned } from './lib/ticket-queue.ts'
import { createScanner, type Scanner } from './lib/ticket-scanner.ts'
import { isMuted, setMuted } from './lib/ticket-sound.ts'
import { clearVerdict, showChecking, showVerdict } from './lib/ticket-verdict.ts'

/** The page of a gate: reads scans and typed codes, shows verdicts, and works without a network. */

const text = staffText[language]
const data = pageData<StaffData>('staff-data')
const SUMMARY_MS = 5000
/** The origin counts once a second, for all devices together. */
const SUMMARY_AFTER_CHANGE_MS = 1200
const LIST_MS = 60_000
const RETRY_MS = 5000
/** More scans than this would be confusing for a person. */
const SCANS_QUEUED_MAX = 100
/** Below the number of connections that browsers open to one host. */
const SCANS_CONCURRENCY_MAX = 5
const VERDICT_MS = 300

/** The scan that staff may confirm now: the last one. */
let toConfirm: (() => void) | undefined
/** Whether the stats have changed since the last request, or are about to. */
let isStale = false

const gateOpened = openGate(data, showGate)
const queue = createScanQueue({
  evaluate: async (scan) => (await gateOpened).scan(scan),
  onVerdict: tell,
  queuedMax: SCANS_QUEUED_MAX,
  concurrencyMax: SCANS_CONCURRENCY_MAX,
  verdictMs: VERDICT_MS,
})
// Scans are accepted from here on, also while stored data is still being read.
const input = createScanInput((typed) => take(typed))
part('confirm')?.addEventListener('click', () => toConfirm?.())

function take(scanned: string, confirmed: readonly Confirmable[] = []): void {
  const scan = { text: scanned, confirmed, at: new Date().toISOString() }
  show('flash', false)
  if (queue.add(scan)) {
    clearVerdict()
    showChecking(queue.size())
  } else tell(scan, { id: undefined, verdict: { result: 'queue-full' } })
}

function tell(scan: Scanned, { id, verdict }: Evaluated): void {
  const what = CONFIRMABLE.find((each) => each === verdict.result)
  const confirm =
    what === undefined || id === undefined ? undefined : confirmOnce(id, scan.text, [...scan.confirmed, what])
  toConfirm = confirm
  const words = showVerdict(verdict)
  addToHistory({ id, at: scan.at, words, confirm })
  showChecking(queue.size())
  input.focus()
  refreshSoon()
}

/** A separate scan with what staff have confirmed; from the panel or from the strip, whichever is pressed first. */
function confirmOnce(id: string, scanned: string, confirmed: readonly Confirmable[]): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    settleHistory(id)
    take(scanned, confirmed)
  }
}

function begin(gate: Gate): void {
  const scanner = createScanner({ loadDetector, onTicket: (scanned) => take(scanned) })
  offerUndo(gate, scanner)
  offerMute()
  addEventListener('online', () => void gate.catchUp().then(refreshSoon))
  revealScripted()
  showGate(gate)
  every(LIST_MS, gate.catchUp)
  every(SUMMARY_MS, async () => {
    // A hidden page need not use the battery.
    if (!document.hidden) await gate.refreshStats()
  })
  every(RETRY_MS, async () => {
    const waited = gate.log.waiting().length
    await gate.probe()
    if (waited > 0 && gate.log.waiting().length === 0) refreshSoon()
  })
}

/** The stats are refreshed after any change, at the same rate in a rush. */
function refreshSoon(): void {
  if (isStale) return
  isStale = true
  setTimeout(() => {
    isStale = false
    void gateOpened.then((gate) => gate.refreshStats())
  }, SUMMARY_AFTER_CHANGE_MS)
}

/**
 * Asks for confirmation before a check-in is undone, in the page: a scanner's Enter would accept the browser's own
 * dialog.
 */
function offerUndo(gate: Gate, scanner: Scanner): void {
  let asked: ReturnType<Gate['log']['last']>
  const close = () => {
    asked = undefined
    show('undo-ask', false)
  }
  part('undo')?.addEventListener('click', ({ detail }) => {
    asked = gate.log.last()
    if (asked === undefined) return sayOutcome(text.nothingToUndo, false)
    say('undo-question', text.undoAsk(asked.label))
    show('undo-ask', true)
    if (detail === 0) part('undo-yes')?.focus()
  })
  part('undo-no')?.addEventListener('click', close)
  part('undo-yes')?.addEventListener('click', async () => {
    const scan = asked
    close()
    if (scan === undefined) return
    const { status } = await gate.undo(scan)
    if (status === 'undone') {
      scanner.forget()
      markUndone(scan.id)
      clearVerdict()
    }
    sayOutcome(status === 'undone' ? text.undone : text.undoUnavailable, status === 'undone')
    refreshSoon()
  })
}

function offerMute(): void {
  const showMute = () => say('mute', isMuted() ? text.unmute : text.mute)
  showMute()
  part('mute')?.addEventListener('click', () => {
    setMuted(!isMuted())
    showMute()
  })
}

/** About half a megabyte, so it is loaded only where needed; from then on it is available without a network, too. */
async function loadDetector(): Promise<Detector> {
  void sendToWorker({ files: [data.decoder, data.wasm] })
  const decoder = (await import(data.decoder)) as { createDetector: (wasm: string) => Detector }
  return decoder.createDetector(data.wasm)
}

function every(milliseconds: number, act: () => Promise<unknown>): void {
  const turn = () => void act().finally(() => setTimeout(turn, milliseconds))
  turn()
}

void gateOpened.then(begin)
void cachePage('/staff/worker.js')
