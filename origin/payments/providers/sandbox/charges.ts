import { z } from 'zod'
import type { AbandonOutcome, ChargeOutcome, ChargeRequest, FoundCharge } from '../../provider.ts'
import { type Answer, type Call, chargePath, isMade } from './call.ts'

const ChargeSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('succeeded'), id: z.string() }),
  z.object({ outcome: z.literal('declined'), reason: z.string().default('declined') }),
])

export async function charge(
  call: Call,
  { key, amountMinor, currency, method, reference }: ChargeRequest,
): Promise<ChargeOutcome> {
  const body = { amountMinor, currency, method, reference }
  return readCharge(await call('POST', '/charges', { key, body }))
}

export async function findCharge(call: Call, key: string): Promise<FoundCharge> {
  const answer = await call('GET', chargePath(key))
  return answer.status === 404 ? { status: 'none' } : readCharge(answer)
}

/** An attempt is in the ledger with its outcome or not at all, so there is nothing to cancel. */
export async function abandon(call: Call, key: string): Promise<AbandonOutcome> {
  const found = await findCharge(call, key)
  return found.status === 'succeeded' || found.status === 'unknown' ? found : { status: 'abandoned' }
}

function readCharge(answer: Answer): ChargeOutcome {
  if (!isMade(answer)) {
    // A request that the provider rejects is never charged, and never will be under this key.
    if (answer.status === 400 || answer.status === 422)
      return { status: 'declined', reason: 'refused by the provider' }
    return { status: 'unknown', cause: answer }
  }
  const read = ChargeSchema.parse(answer.body)
  return read.outcome === 'succeeded'
    ? { status: 'succeeded', chargeId: read.id }
    : { status: 'declined', reason: read.reason }
}
