import type { gateScans } from '../../drizzle/schema/gate.ts'

/** A scan as it is recorded. */
export type ScanRow = typeof gateScans.$inferSelect

/**
 * Whether a scan may be part of a conflict: admitted against the server's verdict or upon a confirmation, undone, or a
 * valid ticket that a device refused. Every conflict has at least one such scan, and ordinary check-ins are none.
 */
export function isNotable(
  scan: Pick<ScanRow, 'letIn' | 'serverVerdict' | 'deviceVerdict' | 'confirmed' | 'undoneAt'>,
): boolean {
  if (scan.undoneAt !== null) return true
  if (scan.letIn) return scan.serverVerdict !== 'admitted' || scan.confirmed.length > 0
  return scan.serverVerdict === 'valid' || scan.serverVerdict === 'admitted'
}
