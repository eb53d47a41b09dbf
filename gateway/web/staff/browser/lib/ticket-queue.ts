import type { Confirmable, Verdict } from '../../staff-verdict.ts'
import { readTicket } from './ticket-code.ts'

/** One scan at a gate. */
export type Scanned = {
  text: string
  /** What staff have confirmed after an earlier scan of the ticket. */
  confirmed: readonly Confirmable[]
  /** ISO 8601, by this device's clock. */
  at: string
}

/** The verdict of a scan, and the ID that it is recorded under. */
export type Evaluated = { id: string | undefined; verdict: Verdict }

export type ScanQueue = {
  /** False when the queue is full and the scan is refused. */
  add(scan: Scanned): boolean
  /** The number of scans without a verdict. */
  size(): number
}

type Waiting = { scan: Scanned; ticket: string; isStarted: boolean; evaluated: Evaluated | undefined }

/** The minimum time for a verdict to be noticed before the next. */
const VERDICT_MS_MIN = 60

/**
 * Evaluates scans as fast as they come and shows their verdicts in the order of scanning. Several are evaluated concurrently,
 * so that a slow response delays only the display; two scans of one ticket never are, so that the first of them is the
 * one that admits. Verdicts that are ready together are shown one by one, faster the more there are.
 *
 * @param options.queuedMax - how many scans may be without a verdict
 * @param options.concurrencyMax - how many are evaluated concurrently
 * @param options.verdictMs - how long a verdict is shown before the next, when only one is waiting
 */
export function createScanQueue(options: {
  evaluate: (scan: Scanned) => Promise<Evaluated>
  onVerdict: (scan: Scanned, evaluated: Evaluated) => void
  queuedMax: number
  concurrencyMax: number
  verdictMs: number
}): ScanQueue {
  const { evaluate, onVerdict, queuedMax, concurrencyMax, verdictMs } = options
  const queue: Waiting[] = []
  let isShowing = false

  function startNext(): void {
    const busy = new Set<string>()
    let underWay = 0
    for (const waiting of queue) {
      const isUnderWay = waiting.isStarted && waiting.evaluated === undefined
      if (isUnderWay) underWay += 1
      else if (!waiting.isStarted && underWay < concurrencyMax && !busy.has(waiting.ticket)) {
        underWay += 1
        void start(waiting)
      }
      if (waiting.evaluated === undefined) busy.add(waiting.ticket)
    }
  }

  async function start(waiting: Waiting): Promise<void> {
    waiting.isStarted = true
    try {
      waiting.evaluated = await evaluate(waiting.scan)
    } catch {
      waiting.evaluated = { id: undefined, verdict: { result: 'failed' } }
    }
    showNext()
    startNext()
  }

  function showNext(): void {
    const first = queue[0]
    if (isShowing || first?.evaluated === undefined) return
    queue.shift()
    isShowing = true
    onVerdict(first.scan, first.evaluated)
    const ready = queue.filter(({ evaluated }) => evaluated !== undefined).length
    setTimeout(
      () => {
        isShowing = false
        showNext()
      },
      Math.max(VERDICT_MS_MIN, verdictMs / Math.max(1, ready)),
    )
  }

  return {
    add(scan) {
      if (queue.length >= queuedMax) return false
      queue.push({ scan, ticket: ticketOf(scan.text), isStarted: false, evaluated: undefined })
      startNext()
      return true
    },
    size: () => queue.length,
  }
}

/** The same key for the scanned and the typed form of a ticket. */
function ticketOf(text: string): string {
  const read = readTicket(text)
  return 'number' in read ? `${read.type}-${read.number}` : text
}
