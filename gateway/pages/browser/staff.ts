import type { StaffData } from '../staff.ts'
import { CONFIRMABLE, type Confirmable } from '../staff-verdict.ts'
import { staffText } from '../text/staff.ts'
import { keepPage, tellWorker } from './lib/keep-page.ts'
import { language, onSubmit, pageData, part, revealScripted, show } from './lib/page.ts'
import { refreshSummary, sayOutcome, showGate } from './lib/ticket-board.ts'
import type { Detector } from './lib/ticket-camera.ts'
import { type Gate, openGate } from './lib/ticket-gate.ts'
import { createScanner, type Scanner } from './lib/ticket-scanner.ts'
import { closeVerdict, showVerdict } from './lib/ticket-verdict.ts'

/** The gate's page: scans and types, shows yes or no, and goes on without a network. */

const text = staffText[language]
const data = pageData<StaffData>('staff-data')
const SUMMARY_MS = 15_000
/** The origin counts once a second, for all devices together. */
const SUMMARY_AFTER_CHANGE_MS = 1200
const LIST_MS = 60_000
const RETRY_MS = 5000

function begin(gate: Gate): void {
  let isBusy = false

  /** The last scan, where staff may confirm it. */
  let asked: { scanned: string; confirmed: Confirmable[] } | undefined

  async function check(scanned: string, isByCamera: boolean, confirmed: Confirmable[] = []): Promise<void> {
    if (isBusy) return
    isBusy = true
    show('said', false)
    try {
      const verdict = await gate.scan(scanned, confirmed)
      const what = CONFIRMABLE.find((each) => each === verdict.result)
      asked = what === undefined ? undefined : { scanned, confirmed: [...confirmed, what] }
      showVerdict(verdict, isByCamera)
    } finally {
      isBusy = false
    }
    refreshSoon()
  }

  const scanner = createScanner({ loadDetector, onTicket: (scanned) => void check(scanned, true) })
  onSubmit('typed', async (form) => {
    const field = form.elements.namedItem('code')
    if (!(field instanceof HTMLInputElement)) return
    const typed = field.value
    field.value = ''
    await check(typed, false)
  })
  part('undo')?.addEventListener('click', () => void undo(gate, scanner))
  part('next')?.addEventListener('click', closeVerdict)
  part('confirm')?.addEventListener('click', () => {
    if (asked !== undefined) void check(asked.scanned, false, asked.confirmed)
  })
  addEventListener('online', () => void gate.catchUp().then(refreshSoon))
  revealScripted()
  showGate(gate)
  every(LIST_MS, gate.catchUp)
  every(SUMMARY_MS, () => refreshSummary(data.festival))
  every(RETRY_MS, async () => {
    if (gate.log.waiting().length === 0) return
    await gate.sendWaiting()
    if (gate.log.waiting().length === 0) refreshSoon()
  })
}

/** Whatever has changed the figures, they follow. */
function refreshSoon(): void {
  setTimeout(() => void refreshSummary(data.festival), SUMMARY_AFTER_CHANGE_MS)
}

async function undo(gate: Gate, scanner: Scanner): Promise<void> {
  const last = gate.log.last()
  if (last === undefined) return sayOutcome(text.nothingToUndo, false)
  if (!confirm(text.undoAsk(last.label))) return
  const { status } = await gate.undo(last)
  if (status === 'undone') scanner.forget()
  sayOutcome(status === 'undone' ? text.undone : text.undoAway, status === 'undone')
  await refreshSummary(data.festival)
}

/** About half a megabyte, so only where it is needed; from then on it is there without a network, too. */
async function loadDetector(): Promise<Detector> {
  void tellWorker({ files: [data.decoder, data.wasm] })
  const decoder = (await import(data.decoder)) as { createDetector: (wasm: string) => Detector }
  return decoder.createDetector(data.wasm)
}

function every(milliseconds: number, act: () => Promise<unknown>): void {
  const turn = () => void act().finally(() => setTimeout(turn, milliseconds))
  turn()
}

void openGate(data, showGate).then(begin)
void keepPage('/staff/worker.js')
