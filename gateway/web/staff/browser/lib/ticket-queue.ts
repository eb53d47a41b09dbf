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
export type Judged = { id: string | undefined; verdict: Verdict }

export type ScanQueue = {
  /** False when the queue is full and the scan is refused. */
  add(scan: Scanned): boolean
  /** The number of scans without a verdict. */
  size(): number
}

type Waiting = { scan: Scanned; ticket: string; isStarted: boolean; judged: Judged | undefined }

/** The minimum time for a verdict to be noticed before the next. */
const TELL_MS_MIN = 60

/**
 * Judges scans as fast as they come and shows their verdicts in the order of scanning. Several are judged concurrently,
 * so that a slow response delays only the display; two scans of one ticket never are, so that the first of them is the
 * one that admits. Verdicts that are ready together are shown one by one, faster the more there are.
 *
 * @param options.queuedMax - how many scans may be without a verdict
 * @param options.concurrencyMax - how many are judged concurrently
 * @param options.tellMs - how long a verdict is shown before the next, when only one is waiting
 */
export function createScanQueue(options: {
  judge: (scan: Scanned) => Promise<Judged>
  onVerdict: (scan: Scanned, judged: Judged) => void
  queuedMax: number
  concurrencyMax: number
  tellMs: number
}): ScanQueue {
  const { judge, onVerdict, queuedMax, concurrencyMax, tellMs } = options
  const queue: Waiting[] = []
  let isTelling = false

  function startNext(): void {
    const busy = new Set<string>()
    let underWay = 0
    for (const waiting of queue) {
      const isUnderWay = waiting.isStarted && waiting.judged === undefined
      if (isUnderWay) underWay += 1
      else if (!waiting.isStarted && underWay < concurrencyMax && !busy.has(waiting.ticket)) {
        underWay += 1
        void start(waiting)
      }
      if (waiting.judged === undefined) busy.add(waiting.ticket)
    }
  }

  async function start(waiting: Waiting): Promise<void> {
    waiting.isStarted = true
    try {
      waiting.judged = await judge(waiting.scan)
    } catch {
      waiting.judged = { id: undefined, verdict: { result: 'failed' } }
    }
    tellNext()
    startNext()
  }

  function tellNext(): void {
    const first = queue[0]
    if (isTelling || first?.judged === undefined) return
    queue.shift()
    isTelling = true
    onVerdict(first.scan, first.judged)
    const ready = queue.filter(({ judged }) => judged !== undefined).length
    setTimeout(
      () => {
        isTelling = false
        tellNext()
      },
      Math.max(TELL_MS_MIN, tellMs / Math.max(1, ready)),
    )
  }

  return {
    add(scan) {
      if (queue.length >= queuedMax) return false
      queue.push({ scan, ticket: ticketOf(scan.text), isStarted: false, judged: undefined })
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
