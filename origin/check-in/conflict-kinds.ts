import { CONFLICT_KINDS, type ConflictKind } from '../../shared/api/gate-record.ts'
import type { ScanRow } from './scan-row.ts'

type EvaluatedScan = Pick<
  ScanRow,
  'at' | 'seq' | 'letIn' | 'deviceVerdict' | 'serverVerdict' | 'confirmed' | 'undoneAt'
>

/**
 * The conflicts among the scans of one ticket; none, when it was admitted once and validly.
 *
 * @param scans - in order of time
 */
export function kindsOf(scans: readonly EvaluatedScan[]): ConflictKind[] {
  const admitted = scans.filter(({ letIn }) => letIn)
  const lastIn = scans.findLastIndex(({ letIn }) => letIn)
  const firstUndone = scans.findIndex((scan) => scan.undoneAt !== null && isShownIn(scan))
  const evaluated = (verdict: EvaluatedScan['serverVerdict']) =>
    admitted.some(({ serverVerdict }) => serverVerdict === verdict)
  const confirmed = (what: 'flagged' | 'outside-window') =>
    admitted.some((scan) => scan.confirmed.includes(what))
  const holds: Record<ConflictKind, boolean> = {
    'admitted-twice': admitted.length > 1,
    'admitted-after-undo': firstUndone >= 0 && lastIn > firstUndone,
    'void-admitted': evaluated('void'),
    'flagged-admitted': evaluated('flagged') || confirmed('flagged'),
    'unknown-admitted': evaluated('unknown'),
    'outside-window': evaluated('outside-window') || confirmed('outside-window'),
    'refused-valid': admitted.length === 0 && scans.some(isRefusedValid),
  }
  return CONFLICT_KINDS.filter((kind) => holds[kind])
}

/** Whether the device showed that the guest is admitted. */
function isShownIn({ deviceVerdict, serverVerdict }: EvaluatedScan): boolean {
  return (deviceVerdict ?? serverVerdict) === 'admitted'
}

function isRefusedValid(scan: EvaluatedScan): boolean {
  const isValid = scan.serverVerdict === 'valid' || scan.serverVerdict === 'admitted'
  return isValid && scan.undoneAt === null && !isShownIn(scan)
}
