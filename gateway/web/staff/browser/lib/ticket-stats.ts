import type { Summary } from '../../staff.ts'
import { isAdmission, type Scan, scannedAt } from './ticket-scan.ts'

export type LastRow = { id: string; at: string; gate: string; isUndone: boolean } & (
  | Pick<Summary['last'][number], 'typeName' | 'number'>
  | { label: string }
)

export type Stats = { in: number; tickets: number; last: LastRow[] }

/** The number of guests who are in: the server's count plus newer changes of this device. */
export type GateStats = {
  /** Records that the server has accepted a check-in (1) or an undo (-1). */
  noteChange(by: 1 | -1): void
  /** Records the server's count; a count older than the last one is ignored. */
  noteSummary(summary: Summary): void
  /** @param scans - of this device */
  read(scans: readonly Scan[]): Stats
}

const LAST_MAX = 10
/** The server has counted them long before there are this many. */
const CHANGES_MAX = 1000

/** The server's count, and the changes since then. */
export type KnownStats = { summary: Summary; changes: { by: number; atMs: number }[] }

/**
 * @param options.page - the page's data, which may be an older copy
 * @param options.stored - the data stored before the page was loaded
 * @param options.save - stores it across reloads
 * @param options.nowMs - the instant by the server's clock
 */
export function createGateStats(options: {
  page: Summary
  stored: KnownStats | undefined
  save: (known: KnownStats) => void
  nowMs: () => number
}): GateStats {
  const { page, stored, save, nowMs } = options
  let { summary, changes } = stored ?? { summary: page, changes: [] }
  noteSummary(page)

  function noteSummary(counted: Summary): void {
    const atMs = Date.parse(counted.at)
    if (atMs < Date.parse(summary.at)) return
    summary = counted
    // Changes that were confirmed before the count are included in it.
    changes = changes.filter((change) => change.atMs > atMs)
    save({ summary, changes })
  }

  return {
    noteChange(by) {
      changes = [...changes, { by, atMs: nowMs() }].slice(-CHANGES_MAX)
      save({ summary, changes })
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
    // Sent scans are in the server's list, or no longer among its latest, once it has counted.
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
