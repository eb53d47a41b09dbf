import type { Confirmable, Verdict } from '../../staff-verdict.ts'
import { readTicket } from './ticket-code.ts'

/** One scan at a gate, as it was made. */
export type Scanned = {
  text: string
  /** What staff have confirmed after an earlier scan of the ticket. */
  confirmed: readonly Confirmable[]
  /** ISO 8601, by this device's clock. */
  at: string
}

/** What a scan was judged as, and the ID that it is recorded under. */
export type Judged = { id: string | undefined; verdict: Verdict }

export type ScanQueue = {
  /** False when too many wait already: the scan is not taken. */
  add(scan: Scanned): boolean
  /** How many have no verdict yet. */
  size(): number
}

type Waiting = { scan: Scanned; ticket: string; isStarted: boolean; judged: Judged | undefined }

/** What is told right after another verdict is still seen and heard for itself. */
const TELL_MS_MIN = 60

/**
 * Judges scans as fast as they come and tells their verdicts in the order of scanning. Several are judged at once, so that
 * a slow answer holds up only the telling; two scans of one ticket never are, so that the first of them is the one that
 * admits. Verdicts that come all at once are told one by one, the faster the more there are.
 *
 * @param options.queuedMax - how many scans may be without a verdict
 * @param options.concurrencyMax - how many are judged at once
 * @param options.tellMs - how long a verdict stands before the next is told, where only one waits to be
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

/** The same for what is scanned and what is typed of a ticket. */
function ticketOf(text: string): string {
  const read = readTicket(text)
  return 'number' in read ? `${read.type}-${read.number}` : text
}
