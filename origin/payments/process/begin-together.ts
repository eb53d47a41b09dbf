import { isOwnFailure } from '../failure.ts'
import type { Payment } from '../payment.ts'
import type { RecordedPayment } from './record-payments.ts'

/** The result of beginning a payment. */
export type Begun = RecordedPayment | { failed: unknown }

/**
 * Begins payments together; if values are rejected, one by one, so that an invalid payment does not delay the others.
 *
 * @returns by the payment's ID; one that is recorded under another ID is missing
 */
export async function beginTogether(
  batch: readonly Payment[],
  begin: (part: readonly Payment[]) => Promise<Map<string, RecordedPayment>>,
): Promise<Map<string, Begun>> {
  try {
    return await begin(batch)
  } catch (failed) {
    if (batch.length <= 1 || !isOwnFailure(failed)) return new Map(batch.map(({ id }) => [id, { failed }]))
  }
  const begun = new Map<string, Begun>()
  for (const each of batch) {
    for (const [id, one] of await beginTogether([each], begin)) begun.set(id, one)
  }
  return begun
}
