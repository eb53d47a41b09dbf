import type { ScanRow } from './scan-row.ts'

/**
 * - `admitted-twice`      more than one scan let somebody in with the ticket, and none of them was taken back
 * - `admitted-after-undo` somebody was let in, taken back, and then somebody was let in with the same ticket
 * - `void-admitted`       let in by a device without a network, and its order was cancelled
 * - `flagged-admitted`    let in although it is disputed or refunded, also when staff had confirmed it
 * - `unknown-admitted`    let in by a device without a network, and it is no ticket of the festival
 * - `outside-window`      let in outside of the check-in window, also when staff had confirmed it
 * - `refused-valid`       a good ticket that a device without a network refused, and nobody let in since
 */
export const CONFLICT_KINDS = [
  ...(['admitted-twice', 'admitted-after-undo', 'void-admitted', 'flagged-admitted'] as const),
  ...(['unknown-admitted', 'outside-window', 'refused-valid'] as const),
] as const
export type ConflictKind = (typeof CONFLICT_KINDS)[number]

type JudgedScan = Pick<
  ScanRow,
  'at' | 'seq' | 'letIn' | 'deviceVerdict' | 'serverVerdict' | 'confirmed' | 'undoneAt'
>

/**
 * What is wrong with the scans of one ticket together; nothing, when it was let in once as it should have been.
 *
 * @param scans - in order of time
 */
export function kindsOf(scans: readonly JudgedScan[]): ConflictKind[] {
  const inside = scans.filter(({ letIn }) => letIn)
  const lastIn = scans.findLastIndex(({ letIn }) => letIn)
  const firstUndone = scans.findIndex((scan) => scan.undoneAt !== null && isShownIn(scan))
  const judged = (verdict: JudgedScan['serverVerdict']) =>
    inside.some(({ serverVerdict }) => serverVerdict === verdict)
  const confirmed = (what: 'flagged' | 'outside-window') =>
    inside.some((scan) => scan.confirmed.includes(what))
  const holds: Record<ConflictKind, boolean> = {
    'admitted-twice': inside.length > 1,
    'admitted-after-undo': firstUndone >= 0 && lastIn > firstUndone,
    'void-admitted': judged('void'),
    'flagged-admitted': judged('flagged') || confirmed('flagged'),
    'unknown-admitted': judged('unknown'),
    'outside-window': judged('outside-window') || confirmed('outside-window'),
    'refused-valid': inside.length === 0 && scans.some(isRefusedValid),
  }
  return CONFLICT_KINDS.filter((kind) => holds[kind])
}

/** Whether the guest was told to come in. */
function isShownIn({ deviceVerdict, serverVerdict }: JudgedScan): boolean {
  return (deviceVerdict ?? serverVerdict) === 'admitted'
}

function isRefusedValid(scan: JudgedScan): boolean {
  const isValid = scan.serverVerdict === 'valid' || scan.serverVerdict === 'admitted'
  return isValid && scan.undoneAt === null && !isShownIn(scan)
}
