import { cutText } from '../../../../shared/text.ts'
import type {
  AbandonOutcome,
  ActionRequired,
  ChargeAttempt,
  ChargeOutcome,
  ChargeRequest,
  FoundCharge,
  SuccessfulCharge,
} from '../../provider.ts'
import { bankName } from './banks.ts'
import { errorType, type Operation, UnexpectedAnswer } from './call.ts'
import { type ChannelKeys, CURRENCY, methodNamed, PAY_METHODS } from './methods.ts'
import { type PaymentRecord, paymentPath, readRecord, VIRTUAL_ACCOUNT, wasPaid } from './record.ts'

/** ISO 4217's code for "no currency": what came through a channel of another contract is not a payment to Naru. */
const FOREIGN_CURRENCY = 'XXX'
const REASON_CHARACTERS_MAX = 200
const NOT_FOUND = new Error('PortOne has the payment as paid, and does not find it')
const HOUR_MS = 3_600_000

export type Charges = Operation & { channelKeys: ChannelKeys }

/**
 * Registers the payment's ID with its amount, so that PortOne's window accepts no other amount for it, and asks the fan
 * to pay in that window. Nothing is charged before. An attempt that ended is not opened again: it is looked up first.
 */
export async function charge(
  charges: Charges,
  request: ChargeRequest,
): Promise<ChargeOutcome | ActionRequired> {
  const parameters = parametersOf(charges, request)
  if (typeof parameters === 'string') return { status: 'declined', reason: parameters }
  const { key, amountMinor, until } = request
  const found = await findCharge(charges, key, request)
  if (found.status !== 'none') return found
  switch (await register(charges, key, amountMinor)) {
    case 'registered':
      return { status: 'action', chargeId: key, action: { kind: 'script', parameters }, until }
    case 'refused':
      return { status: 'declined', reason: 'refused by the provider' }
    default:
      return { status: 'unknown', cause: NOT_FOUND }
  }
}

/** What PortOne's own record says of a payment. */
export async function findCharge(
  charges: Charges,
  key: string,
  attempt: ChargeAttempt | undefined,
): Promise<FoundCharge> {
  const record = await readRecord(charges, key)
  if (record === undefined) return { status: 'none' }
  if (wasPaid(record)) return successOf(charges, record)
  switch (record.status) {
    case 'FAILED':
      return await declineFailed(charges, record)
    case 'CANCELLED':
      return { status: 'declined', reason: 'cancelled before it was paid' }
    case 'READY':
      return waitForFan(charges, record, attempt)
    case 'VIRTUAL_ACCOUNT_ISSUED':
      return await waitForDeposit(charges, record, attempt)
    default:
      // PAY_PENDING: the gateway does not know yet.
      return { status: 'unknown', cause: new Error(`PortOne has the payment as ${record.status}`) }
  }
}

/**
 * Closes an account to pay into. PortOne has no request that closes a window, so the payment's ID is registered with
 * another amount: a window that is opened later is refused, and a payment made meanwhile is reported. Money from a
 * window that is open already may still arrive, and is refunded then.
 */
export async function abandon(charges: Charges, attempt: ChargeAttempt): Promise<AbandonOutcome> {
  const { key, amountMinor } = attempt
  const record = await readRecord(charges, key)
  if (record !== undefined && wasPaid(record)) return successOf(charges, record)
  if (record?.status === 'PAY_PENDING' || record?.status === 'PENDING') {
    return {
      status: 'unknown',
      cause: new Error('The payment gateway does not know yet whether it was paid'),
    }
  }
  const hadAccount = record?.status === 'VIRTUAL_ACCOUNT_ISSUED'
  if (hadAccount) await closeAccount(charges, key)
  const registered = await register(charges, key, amountMinor + 1)
  if (registered !== 'paid' && !hadAccount) return { status: 'abandoned' }
  const now = await readRecord(charges, key)
  if (now !== undefined && wasPaid(now)) return successOf(charges, now)
  return registered === 'paid' ? { status: 'unknown', cause: NOT_FOUND } : { status: 'abandoned' }
}

/** The parameters of PortOne's window, or why there can be none. */
function parametersOf(charges: Charges, request: ChargeAttempt): Record<string, string> | string {
  const method = methodNamed(request.method)
  const channelKey = method === undefined ? undefined : charges.channelKeys[method]
  if (method === undefined || channelKey === undefined) return 'unknown payment method'
  if (request.currency !== CURRENCY) return `PortOne's ${method} does not take ${request.currency}`
  const hours = depositHours(request)
  if (method === 'virtual-account' && hours < 1) return 'too late for a deposit'
  return {
    storeId: charges.storeId,
    channelKey,
    paymentId: request.key,
    orderName: request.reference,
    totalAmount: String(request.amountMinor),
    currency: request.currency,
    payMethod: PAY_METHODS[method],
    // Some gateways refuse a payment by phone that does not say whether it is for goods or for digital content.
    ...(method === 'mobile' ? { productType: 'PRODUCT_TYPE_REAL' } : {}),
    ...(method === 'virtual-account' ? { 'virtualAccount.accountExpiry.validHours': String(hours) } : {}),
  }
}

/** For how many hours an account may be open that is issued at the last moment of the action. */
function depositHours({ until, depositUntil = until }: ChargeAttempt): number {
  return Math.floor((depositUntil.getTime() - until.getTime()) / HOUR_MS)
}

async function register(
  { call, storeId }: Operation,
  key: string,
  totalAmount: number,
): Promise<'registered' | 'refused' | 'paid'> {
  const body = { storeId, totalAmount, currency: CURRENCY }
  const answer = await call({ method: 'POST', path: paymentPath(key, '/pre-register'), body })
  if (answer.status === 200) return 'registered'
  if (answer.status === 400) return 'refused'
  if (answer.status === 409 && errorType(answer) === 'ALREADY_PAID') return 'paid'
  throw new UnexpectedAnswer(answer)
}

/** The amount is the one of the order: a discount by the card company is paid to the merchant like the rest. */
function successOf(charges: Charges, record: PaymentRecord): SuccessfulCharge {
  const { id, amount, currency } = record
  const ours = isOurChannel(charges, record)
  return {
    status: 'succeeded',
    chargeId: id,
    amountMinor: amount.total,
    currency: ours ? currency : FOREIGN_CURRENCY,
  }
}

function isOurChannel({ channelKeys }: Charges, { channel }: PaymentRecord): boolean {
  return Object.values(channelKeys).some((key) => key === channel?.key)
}

/**
 * PortOne lets a fan try again under the same ID, which would be a charge for a payment that has ended here: another
 * amount is registered for it, as when it is abandoned.
 */
async function declineFailed(
  charges: Charges,
  { id, amount, failure }: PaymentRecord,
): Promise<ChargeOutcome> {
  const registered = await register(charges, id, amount.total + 1)
  if (registered === 'paid') return { status: 'unknown', cause: NOT_FOUND }
  const reason = failure?.reason || failure?.pgMessage || failure?.pgCode || 'refused by the provider'
  return { status: 'declined', reason: cutText(reason, REASON_CHARACTERS_MAX) }
}

/** The window is open, or was: the fan may open it again. */
function waitForFan(
  charges: Charges,
  { id }: PaymentRecord,
  attempt: ChargeAttempt | undefined,
): FoundCharge {
  if (attempt === undefined) {
    return { status: 'unknown', cause: new Error('The fan has not paid yet, and may still do so') }
  }
  const parameters = parametersOf(charges, attempt)
  if (typeof parameters === 'string') return { status: 'declined', reason: parameters }
  return {
    status: 'action',
    chargeId: id,
    action: { kind: 'script', parameters },
    until: attempt.until,
  }
}

/** An account with another amount, channel or method than was registered is closed: its money would be refunded. */
async function waitForDeposit(
  charges: Charges,
  record: PaymentRecord,
  attempt: ChargeAttempt | undefined,
): Promise<FoundCharge> {
  const { id, method } = record
  const expected = attempt === undefined || isAsRequested(charges, record, attempt)
  if (!expected || method?.type !== VIRTUAL_ACCOUNT || method.accountNumber === undefined) {
    await closeAccount(charges, id)
    return { status: 'declined', reason: 'another deposit than was requested' }
  }
  const until = earliest([method.expiredAt, attempt?.depositUntil])
  if (until === undefined) {
    return { status: 'unknown', cause: new Error('PortOne does not say until when the deposit may arrive') }
  }
  const { bank = '', accountNumber, remitteeName = '' } = method
  const action = { kind: 'deposit', bank: bankName(bank), accountNumber, holder: remitteeName } as const
  return { status: 'action', chargeId: id, action, until }
}

function isAsRequested(charges: Charges, record: PaymentRecord, attempt: ChargeAttempt): boolean {
  const { amount, currency } = record
  return (
    attempt.method === 'virtual-account' &&
    amount.total === attempt.amountMinor &&
    currency === attempt.currency &&
    isOurChannel(charges, record)
  )
}

/** Also when it was closed before, has expired, or was paid into: the payment's record then says so. */
async function closeAccount({ call, storeId }: Operation, key: string): Promise<void> {
  const path = `${paymentPath(key, '/virtual-account/close')}?${new URLSearchParams({ storeId })}`
  const answer = await call({ method: 'POST', path })
  if (answer.status === 200) return
  if (answer.status === 409 && errorType(answer) === 'PAYMENT_NOT_WAITING_FOR_DEPOSIT') return
  throw new UnexpectedAnswer(answer)
}

function earliest(instants: readonly (Date | undefined)[]): Date | undefined {
  return instants.reduce(
    (first, each) => (first === undefined || (each !== undefined && each < first) ? each : first),
    undefined,
  )
}
