import { CONFIRMABLE, DEVICE_VERDICTS, type gateScans, SERVER_VERDICTS } from '../../drizzle/schema/gate.ts'
import { TICKET_FLAGS } from '../../drizzle/schema/purchases.ts'

/** A scan as it is recorded. */
export type ScanRow = typeof gateScans.$inferSelect

/** The values that fields of a scan may have. */
export const SCAN_VALUES = {
  serverVerdict: SERVER_VERDICTS,
  deviceVerdict: DEVICE_VERDICTS,
  confirmed: CONFIRMABLE,
  flag: TICKET_FLAGS,
} as const

/**
 * Whether a scan may be part of a conflict: let in against the server's verdict or upon a confirmation, taken back, or a
 * good ticket that a device refused. Every conflict has at least one such scan, and ordinary check-ins are none.
 */
export function isNotable(
  scan: Pick<ScanRow, 'letIn' | 'serverVerdict' | 'deviceVerdict' | 'confirmed' | 'undoneAt'>,
): boolean {
  if (scan.undoneAt !== null) return true
  if (scan.letIn) return scan.serverVerdict !== 'admitted' || scan.confirmed.length > 0
  return scan.serverVerdict === 'valid' || scan.serverVerdict === 'admitted'
}
