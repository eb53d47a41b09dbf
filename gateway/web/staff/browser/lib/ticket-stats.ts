import type { Summary } from '../../staff.ts'
import { isAdmission, type Scan, scannedAt } from './ticket-scan.ts'

export type LastRow = { id: string; at: string; gate: string; isUndone: boolean } & (
  | Pick<Summary['last'][number], 'typeName' | 'number'>
  | { label: string }
)

export type Stats = { in: number; tickets: number; last: LastRow[] }

/** How many are in, as the server has counted them and this device knows better. */
export type GateStats = {
  /** Notes that the server has taken a check-in (1) or an undo (-1). */
  noteChange(by: 1 | -1): void
  /** Notes what the server has counted; an older count than the last one is passed over. */
  noteSummary(summary: Summary): void
  /** @param scans - of this device */
  read(scans: readonly Scan[]): Stats
}

const LAST_MAX = 10
/** Long before there are as many, the server has counted them. */
const CHANGES_MAX = 1000

/** What the server has counted, and what has changed since then. */
export type KnownStats = { summary: Summary; changes: { by: number; atMs: number }[] }

/**
 * @param options.page - as the page has it, which may be an older copy
 * @param options.kept - as it was before the page was loaded
 * @param options.keep - keeps it over a reload
 * @param options.nowMs - the instant by the server's clock
 */
export function createGateStats(options: {
  page: Summary
  kept: KnownStats | undefined
  keep: (known: KnownStats) => void
  nowMs: () => number
}): GateStats {
  const { page, kept, keep, nowMs } = options
  let { summary, changes } = kept ?? { summary: page, changes: [] }
  noteSummary(page)

  function noteSummary(counted: Summary): void {
    const atMs = Date.parse(counted.at)
    if (atMs < Date.parse(summary.at)) return
    summary = counted
    // What was answered before it was counted is in it.
    changes = changes.filter((change) => change.atMs > atMs)
    keep({ summary, changes })
  }

  return {
    noteChange(by) {
      changes = [...changes, { by, atMs: nowMs() }].slice(-CHANGES_MAX)
      keep({ summary, changes })
    },
    noteSummary,
    read(scans) {
      const isWaiting = ({ state, isUndone }: Scan) => state === 'waiting' && !isUndone
      const waiting = scans.filter((scan) => isAdmission(scan) && isWaiting(scan))
      const changed = changes.reduce((sum, { by }) => sum + by, 0)
      return {
        in: Math.max(0, summary.in + changed + waiting.length),
        tickets: summary.tickets,
        last: lastOf(summary, scans),
      }
    },
  }
}

function lastOf(summary: Summary, scans: readonly Scan[]): LastRow[] {
  const undone = new Set(scans.filter(({ isUndone }) => isUndone).map(({ id }) => id))
  const counted = summary.last.map(({ id, at, gate, typeName, number, undoneAt }) => ({
    ...{ id, at, gate, typeName, number },
    isUndone: undoneAt !== null || undone.has(id),
  }))
  const known = new Set(counted.map(({ id }) => id))
  const own = scans
    .filter((scan) => isAdmission(scan) && !scan.isUndone && !known.has(scan.id))
    // What was sent is among the server's, or no longer among the last of them, once it has counted.
    .filter((scan) => scan.state === 'waiting' || (scan.state === 'sent' && scannedAt(scan) > summary.at))
    .map((scan) => ({
      id: scan.id,
      at: scannedAt(scan),
      gate: scan.gate,
      label: scan.label,
      isUndone: false,
    }))
  return [...own, ...counted].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, LAST_MAX)
}
