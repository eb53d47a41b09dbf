import { isAdmission, type Scan } from './ticket-scan.ts'
import type { TicketStore } from './ticket-store.ts'

export type GateLog = {
  /** False when too many scans are queued for the network: a scan that cannot be recorded is not evaluated. */
  add(scan: Scan): Promise<boolean>
  /** Records the outcome of a scan. */
  change(
    id: string,
    change: Partial<Pick<Scan, 'state' | 'isUndone' | 'undoneAt' | 'conflict'>>,
  ): Promise<void>
  forget(id: string): Promise<void>
  of(id: string): Scan | undefined
  all(): readonly Scan[]
  waiting(): readonly Scan[]
  conflicts(): readonly Scan[]
  /** The last guest admitted and not undone. */
  last(): Scan | undefined
  usedHere(hash: string): Scan | undefined
  /** When a check-in of the ticket was last undone here; ISO 8601. */
  undoneHere(hash: string): string | undefined
}

/**
 * This device's scans at a gate, in chronological order. They are stored before the verdict is shown.
 *
 * @param limits.queueMax - how many scans may be queued for the network
 * @param limits.storedMax - how many sent scans are stored, to recognise their tickets, and how many conflicts
 */
export async function openGateLog(
  store: Pick<TicketStore, 'readScans' | 'writeScan' | 'forgetScan'>,
  festival: string,
  limits: { queueMax: number; storedMax: number },
): Promise<GateLog> {
  const read = (await store.readScans(festival)).sort((a, b) => (a.at < b.at ? -1 : 1))
  const scans = new Map(read.map((scan) => [scan.id, scan]))
  const all = () => [...scans.values()]
  const waiting = () => all().filter(({ state }) => state === 'waiting')
  const stands = (scan: Scan) => isAdmission(scan) && !scan.isUndone && scan.state !== 'conflict'

  async function prune(): Promise<void> {
    for (const done of ['sent', 'conflict'] as const) {
      const scans = all().filter(({ state }) => state === done)
      for (const { id } of scans.slice(0, Math.max(0, scans.length - limits.storedMax))) await forget(id)
    }
  }

  async function forget(id: string): Promise<void> {
    scans.delete(id)
    await store.forgetScan(id)
  }

  return {
    async add(scan) {
      if (scan.state === 'waiting' && waiting().length >= limits.queueMax) return false
      await store.writeScan(scan)
      scans.set(scan.id, scan)
      await prune()
      return true
    },
    async change(id, change) {
      const scan = scans.get(id)
      if (scan === undefined) return
      const changed = { ...scan, ...change, ...(change.state === undefined ? {} : { qr: '' }) }
      scans.set(id, changed)
      await store.writeScan(changed)
    },
    forget,
    of: (id) => scans.get(id),
    all,
    waiting,
    conflicts: () => all().filter(({ state }) => state === 'conflict'),
    last: () => all().filter(stands).at(-1),
    usedHere: (hash) => all().find((scan) => scan.hash === hash && stands(scan)),
    undoneHere: (hash) =>
      all()
        .filter((scan) => scan.hash === hash && scan.isUndone)
        .at(-1)?.undoneAt,
  }
}
