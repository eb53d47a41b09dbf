import type { RefundOutcome, RefundRequest } from '../../provider.ts'
import { bankCode } from './banks.ts'
import { type Answer, errorText, errorType, type Operation, UnexpectedAnswer } from './call.ts'
import {
  type Cancellation,
  type PaymentRecord,
  paymentPath,
  readRecord,
  VIRTUAL_ACCOUNT,
  wasPaid,
} from './record.ts'

/** How often a payment gateway may refuse a refund before it counts as refused. */
const FAILURES_MAX = 3

/** Conflicts that no repetition of the request changes. */
const REFUSALS = [
  'CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT',
  'MAX_CANCEL_COUNT_REACHED',
  'SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT',
]

/** Precedes the key of Naru's refund, which ends the reason of a cancellation: by it a refund is found at any age. */
const BEFORE_KEY = 'naru:'

/** The key of the refund that a cancellation belongs to; undefined when it was made in another way. */
export function refundKeyOf({ reason }: Cancellation): string | undefined {
  const at = reason.lastIndexOf(BEFORE_KEY)
  return at === -1 ? undefined : reason.slice(at + BEFORE_KEY.length)
}

/** Cancels a payment in whole or in part. PortOne's record decides what remains, and what was done under the key. */
export async function refund(operation: Operation, request: RefundRequest): Promise<RefundOutcome> {
  const record = await readRecord(operation, request.chargeKey)
  if (record === undefined || !wasPaid(record)) {
    return { status: 'unknown', cause: new Error('PortOne has no charge to refund') }
  }
  const done = doneAlready(record, request)
  if (done !== undefined) return done
  const account = refundAccountOf(record, request)
  if (typeof account === 'string') return { status: 'refused', reason: account }
  const remainingMinor = remainingOf(record)
  const answer = await operation.call({
    method: 'POST',
    path: paymentPath(record.id, '/cancel'),
    key: `${request.key}-${remainingMinor}-${failuresOf(record, request).length}`,
    body: {
      storeId: operation.storeId,
      reason: `티켓 환불 ${BEFORE_KEY}${request.key}`,
      // PortOne refuses when something else was cancelled since the record was read. Without an amount it cancels all.
      ...(request.part ? { amount: request.amountMinor, currentCancellableAmount: remainingMinor } : {}),
      ...(account === undefined ? {} : { refundAccount: account }),
    },
  })
  if (answer.status !== 200) return refusalOf(answer, request)
  // The answer may be the one of an earlier request under the same key, so the present state is read.
  const now = await readRecord(operation, request.chargeKey)
  const outcome = now === undefined ? undefined : doneAlready(now, request)
  return (
    outcome ?? {
      status: 'unknown',
      cause: new Error('PortOne has accepted the refund, and does not show it'),
    }
  )
}

/** The state of a refund that needs no further request: executed, under way, or impossible. */
function doneAlready(record: PaymentRecord, request: RefundRequest): RefundOutcome | undefined {
  const { amountMinor, currency, key, part } = request
  const concerned = record.cancellations.filter(
    (each) => each.status !== 'FAILED' && (!part || refundKeyOf(each) === key),
  )
  if (concerned.some(({ status }) => status === 'REQUESTED')) return { status: 'pending' }
  const remainingMinor = remainingOf(record)
  if (part ? concerned.length > 0 : remainingMinor <= 0) return transferOf(record)
  if (failuresOf(record, request).length >= FAILURES_MAX) {
    return { status: 'refused', reason: 'the payment gateway refuses the refund' }
  }
  if (!part) return undefined
  if (currency !== record.currency) return { status: 'refused', reason: 'another currency than was paid' }
  return amountMinor > remainingMinor ? { status: 'refused', reason: 'more than remains' } : undefined
}

/** What was deposited goes back by bank transfer, which takes a day or two. */
function transferOf({ method }: PaymentRecord): RefundOutcome {
  switch (method?.type === VIRTUAL_ACCOUNT ? method.refundStatus : undefined) {
    case 'PENDING':
      return { status: 'pending' }
    case 'FAILED':
    case 'PARTIAL_REFUND_FAILED':
      return { status: 'refused', reason: 'the bank refuses the transfer' }
    default:
      return { status: 'refunded' }
  }
}

function failuresOf({ cancellations }: PaymentRecord, { key }: RefundRequest): Cancellation[] {
  return cancellations.filter((each) => each.status === 'FAILED' && refundKeyOf(each) === key)
}

function remainingOf({ amount }: PaymentRecord): number {
  return amount.total - amount.cancelled
}

type RefundAccount = { bank: string; number: string; holderName: string }

/** Where to transfer the money, if the method needs it; a text says why it cannot be. */
function refundAccountOf(
  { method }: PaymentRecord,
  { refundAccount }: RefundRequest,
): RefundAccount | string | undefined {
  if (refundAccount === undefined) {
    return method?.type === VIRTUAL_ACCOUNT ? 'refund account needed' : undefined
  }
  const bank = bankCode(refundAccount.bank)
  if (bank === undefined) return 'unknown bank of the refund account'
  const { accountNumber, holder } = refundAccount
  return { bank, number: accountNumber.replaceAll(/\D/g, ''), holderName: holder }
}

function refusalOf(answer: Answer, { part }: RefundRequest): RefundOutcome {
  const type = errorType(answer)
  if (type === 'PAYMENT_ALREADY_CANCELLED') {
    return part ? { status: 'refused', reason: 'more than remains' } : { status: 'refunded' }
  }
  if (answer.status === 400 || REFUSALS.includes(type)) {
    return { status: 'refused', reason: errorText(answer) }
  }
  throw new UnexpectedAnswer(answer)
}
