import type { Scan } from './ticket-scan.ts'
import type { TicketStore } from './ticket-store.ts'

export type GateLog = {
  /** False when too many wait for the network, so that nobody is let in who could be forgotten. */
  add(scan: Scan): Promise<boolean>
  /** Writes down what has become of a scan. */
  change(id: string, change: Partial<Pick<Scan, 'state' | 'isUndone' | 'conflict'>>): Promise<void>
  forget(id: string): Promise<void>
  of(id: string): Scan | undefined
  waiting(): readonly Scan[]
  conflicts(): readonly Scan[]
  /** The last one let in, who was not taken back. */
  last(): Scan | undefined
  usedHere(hash: string): Scan | undefined
}

/**
 * What this device did at a gate, in the order of time. It is kept before anyone is told yes.
 *
 * @param limits.waitingMax - how many scans may wait for the network
 * @param limits.keptMax - how many scans that were sent are kept, to know their tickets again
 */
export async function openGateLog(
  store: Pick<TicketStore, 'readScans' | 'writeScan' | 'forgetScan'>,
  festival: string,
  limits: { waitingMax: number; keptMax: number },
): Promise<GateLog> {
  const read = (await store.readScans(festival)).sort((a, b) => (a.at < b.at ? -1 : 1))
  const scans = new Map(read.map((scan) => [scan.id, scan]))
  const all = () => [...scans.values()]
  const waiting = () => all().filter(({ state }) => state === 'waiting')
  const stands = ({ state, isUndone }: Scan) => !isUndone && state !== 'conflict'

  async function prune(): Promise<void> {
    const sent = all().filter(({ state }) => state === 'sent')
    for (const { id } of sent.slice(0, Math.max(0, sent.length - limits.keptMax))) await forget(id)
  }

  async function forget(id: string): Promise<void> {
    scans.delete(id)
    await store.forgetScan(id)
  }

  return {
    async add(scan) {
      if (scan.state === 'waiting' && waiting().length >= limits.waitingMax) return false
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
    waiting,
    conflicts: () => all().filter(({ state }) => state === 'conflict'),
    last: () => all().filter(stands).at(-1),
    usedHere: (hash) => all().find((scan) => scan.hash === hash && stands(scan)),
  }
}
