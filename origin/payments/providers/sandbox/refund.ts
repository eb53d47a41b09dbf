import { z } from 'zod'
import type { RefundOutcome, RefundRequest } from '../../provider.ts'
import { type Call, chargePath, isMade } from './call.ts'
import { ReversalsSchema } from './ledger.ts'

const MadeChargeSchema = z.object({ outcome: z.string(), amountMinor: z.int() })

/** Refunds a charge, or the remainder when part of it was refunded meanwhile, by Naru or in another way. */
export async function refund(
  call: Call,
  { key, chargeKey, amountMinor }: RefundRequest,
): Promise<RefundOutcome> {
  const send = (amount: number) => call('POST', '/refunds', { key, body: { chargeKey, amountMinor: amount } })
  const answer = await send(amountMinor)
  if (isMade(answer)) return { status: 'refunded' }
  // The sandbox rejects more than the remainder.
  const leftMinor = answer.status === 422 ? await readLeftMinor(call, chargeKey) : undefined
  if (leftMinor === 0) return { status: 'refunded' }
  if (leftMinor === undefined || leftMinor >= amountMinor) return { status: 'unknown', cause: answer }
  const rest = await send(leftMinor)
  return isMade(rest) ? { status: 'refunded' } : { status: 'unknown', cause: rest }
}

/** The remainder of a charge that can be refunded; undefined when it did not succeed or is unknown. */
async function readLeftMinor(call: Call, chargeKey: string): Promise<number | undefined> {
  const path = chargePath(chargeKey)
  const [charge, reversed] = [await call('GET', path), await call('GET', `${path}/reversals`)]
  const read = MadeChargeSchema.safeParse(charge.body)
  if (!read.success || read.data.outcome !== 'succeeded' || reversed.status !== 200) return undefined
  return ReversalsSchema.parse(reversed.body).reversals.reduce(
    (left, entry) => (entry.kind === 'refund' ? left - entry.amountMinor : left),
    read.data.amountMinor,
  )
}
