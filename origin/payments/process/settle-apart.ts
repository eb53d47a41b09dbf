import { isOwnFailure } from '../failure.ts'
import type { ChargedPayment, SettledPayment } from './settle-payments.ts'

/** A settled payment (undefined when it was never recorded), or why it could not be settled. */
export type SettleResult =
  | { status: 'settled'; settled: SettledPayment | undefined }
  | { status: 'failed'; error: unknown }

type Settle = (batch: readonly ChargedPayment[]) => Promise<Map<string, SettledPayment>>

/**
 * Settles a batch in as few transactions as have at most `unitsMax` units each. If one of them fails because of a
 * payment in it, each of its payments is settled by itself, so that one invalid payment does not delay the others.
 *
 * @returns one result for each payment, in the order of the batch
 */
export async function settleApart(
  batch: readonly ChargedPayment[],
  unitsMax: number,
  settle: Settle,
): Promise<SettleResult[]> {
  const results: SettleResult[] = []
  for (const part of splitByUnits(batch, unitsMax)) results.push(...(await settlePart(part, settle)))
  return results
}

async function settlePart(part: readonly ChargedPayment[], settle: Settle): Promise<SettleResult[]> {
  try {
    const settled = await settle(part)
    return part.map(({ payment }) => ({ status: 'settled', settled: settled.get(payment.id) }))
  } catch (error) {
    if (part.length <= 1 || !isOwnFailure(error)) return part.map(() => ({ status: 'failed', error }))
  }
  const results: SettleResult[] = []
  for (const each of part) results.push(...(await settlePart([each], settle)))
  return results
}

/** Consecutive parts of a batch; a payment of more units than `unitsMax` is a part by itself. */
function splitByUnits(batch: readonly ChargedPayment[], unitsMax: number): ChargedPayment[][] {
  const parts: ChargedPayment[][] = []
  let units = 0
  for (const each of batch) {
    const more = each.payment.basket.reduce((sum, { quantity }) => sum + quantity, 0)
    const part = parts.at(-1)
    if (part === undefined || units + more > unitsMax) {
      parts.push([each])
      units = more
    } else {
      part.push(each)
      units += more
    }
  }
  return parts
}
