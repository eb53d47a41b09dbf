import { z } from 'zod'
import type { RefundOutcome, RefundRequest } from '../../provider.ts'
import { type Answer, type Call, chargePath, isMade, UnexpectedAnswer } from './call.ts'
import { ReversalsSchema } from './ledger.ts'

const MadeChargeSchema = z.object({ outcome: z.string(), amountMinor: z.int() })
const RefusalSchema = z.object({ detail: z.string() })

/** Refunds exactly a part of a charge, or all that remains of it, also after refunds that were made elsewhere. */
export function refund(call: Call, request: RefundRequest): Promise<RefundOutcome> {
  return request.part === true ? refundPart(call, request) : refundRest(call, request)
}

async function refundPart(call: Call, request: RefundRequest): Promise<RefundOutcome> {
  const { key, chargeKey, amountMinor, refundAccount } = request
  const answer = await call('POST', '/refunds', {
    key,
    body: { chargeKey, amountMinor, account: refundAccount },
  })
  if (isMade(answer)) return { status: 'refunded' }
  if (answer.status !== 422) return { status: 'unknown', cause: new UnexpectedAnswer(answer) }
  const { detail } = RefusalSchema.catch({ detail: 'refused by the provider' }).parse(answer.body)
  return { status: 'refused', reason: detail }
}

/** More money may have arrived after a first refund of all that there was, so each has its own key. */
async function refundRest(call: Call, request: RefundRequest): Promise<RefundOutcome> {
  const { key, chargeKey, refundAccount } = request
  const rest = await readRest(call, chargeKey)
  if (rest.status !== 'found') return { status: 'unknown', cause: new UnexpectedAnswer(rest.answer) }
  if (rest.leftMinor <= 0) return { status: 'refunded' }
  const wholeBefore = rest.refundKeys.filter((made) => made === key || made.startsWith(`${key}.`)).length
  const answer = await call('POST', '/refunds', {
    key: wholeBefore === 0 ? key : `${key}.${wholeBefore}`,
    body: { chargeKey, account: refundAccount },
  })
  return isMade(answer) ? { status: 'refunded' } : { status: 'unknown', cause: new UnexpectedAnswer(answer) }
}

type Rest =
  | { status: 'found'; leftMinor: number; refundKeys: string[] }
  /** The charge did not succeed, or its state is unknown. */
  | { status: 'unknown'; answer: Answer }

async function readRest(call: Call, chargeKey: string): Promise<Rest> {
  const path = chargePath(chargeKey)
  const [charge, reversed] = [await call('GET', path), await call('GET', `${path}/reversals`)]
  const read = MadeChargeSchema.safeParse(charge.body)
  if (!read.success || read.data.outcome !== 'succeeded') return { status: 'unknown', answer: charge }
  if (reversed.status !== 200) return { status: 'unknown', answer: reversed }
  const refunds = ReversalsSchema.parse(reversed.body).reversals.flatMap((entry) =>
    entry.kind === 'refund' ? [entry] : [],
  )
  return {
    status: 'found',
    leftMinor: refunds.reduce((left, { amountMinor }) => left - amountMinor, read.data.amountMinor),
    refundKeys: refunds.map(({ key }) => key),
  }
}
