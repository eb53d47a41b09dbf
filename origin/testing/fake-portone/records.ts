import type {
  Dispute,
  Payment,
  PaymentCancellation,
  PaymentMethod,
  PaymentMethodVirtualAccount,
  ReadyPayment,
} from '@portone/server-sdk/payment'

/** The fields of a cancellation that PortOne's library knows. */
export type FakeCancellation = Extract<PaymentCancellation, { status: 'SUCCEEDED' | 'REQUESTED' | 'FAILED' }>

/** What the fake stores of a payment; `paymentBody` has it as PortOne returns it. */
export type FakePayment = {
  id: string
  status:
    | 'READY'
    | 'PAY_PENDING'
    | 'VIRTUAL_ACCOUNT_ISSUED'
    | 'PAID'
    | 'FAILED'
    | 'PARTIAL_CANCELLED'
    | 'CANCELLED'
  storeId: string
  channelKey: string
  payMethod: string
  total: number
  currency: string
  account?: PaymentMethodVirtualAccount
  failure?: string
  requestedAt: Date
  changedAt: Date
  paidAt?: Date
  cancellations: FakeCancellation[]
  disputes: Dispute[]
}

export function cancelledOf({ cancellations }: FakePayment): number {
  return cancellations.reduce(
    (sum, { status, totalAmount }) => sum + (status === 'SUCCEEDED' ? totalAmount : 0),
    0,
  )
}

/** The state that follows from a payment's cancellations. */
export function applyCancellations(payment: FakePayment): void {
  const cancelled = cancelledOf(payment)
  if (cancelled === 0) return
  const status = cancelled < payment.total ? 'PARTIAL_CANCELLED' : 'CANCELLED'
  Object.assign(payment, { status, changedAt: new Date() })
}

const METHODS: Readonly<Record<string, PaymentMethod>> = {
  CARD: { type: 'PaymentMethodCard', approvalNumber: '30000001' },
  EASY_PAY: { type: 'PaymentMethodEasyPay', provider: 'KAKAOPAY' },
  TRANSFER: { type: 'PaymentMethodTransfer', bank: 'KOOKMIN' },
  MOBILE: { type: 'PaymentMethodMobile' },
}

/** A payment as the types of PortOne's library have it, which are made from its OpenAPI document. */
export function paymentBody(payment: FakePayment): Payment {
  const { status, paidAt, changedAt, cancellations, disputes, failure = 'REJECTED' } = payment
  const common = commonBody(payment)
  const channel = common.channel ?? channelOf(payment)
  const paid = paidAt === undefined ? {} : { paidAt: paidAt.toISOString() }
  switch (status) {
    case 'READY':
      return { ...common, status }
    case 'PAY_PENDING':
    case 'VIRTUAL_ACCOUNT_ISSUED':
      return { ...common, channel, status }
    case 'FAILED':
      return { ...common, status, failedAt: changedAt.toISOString(), failure: { reason: failure } }
    case 'PAID':
      return {
        ...{ ...common, channel, status, disputes, cancellations },
        paidAt: (paidAt ?? changedAt).toISOString(),
      }
    default:
      return { ...common, channel, status, cancellations, cancelledAt: changedAt.toISOString(), ...paid }
  }
}

function commonBody(payment: FakePayment): Omit<ReadyPayment, 'status'> {
  const { id, storeId, total, currency, requestedAt, changedAt, paidAt, account, payMethod } = payment
  const method = account ?? METHODS[payMethod]
  return {
    id,
    transactionId: `tx-${id}`,
    merchantId: 'merchant-1',
    storeId,
    channel: channelOf(payment),
    version: 'V2',
    ...(method === undefined ? {} : { method }),
    requestedAt: requestedAt.toISOString(),
    updatedAt: changedAt.toISOString(),
    statusChangedAt: changedAt.toISOString(),
    orderName: 'River Festival',
    amount: {
      ...{ total, taxFree: 0, discount: 0, paid: paidAt === undefined ? 0 : total },
      ...{ cancelled: cancelledOf(payment), cancelledTaxFree: 0 },
    },
    currency,
    customer: { email: 'fan@naru.test' },
  }
}

function channelOf({ channelKey }: FakePayment) {
  return { type: 'LIVE', key: channelKey, pgProvider: 'TOSSPAYMENTS', pgMerchantId: 'mid-1' }
}

export type FakeAnswer = { status: number; body: unknown }

/** An error as the OpenAPI document has it. */
export function refusal(status: number, type: string, more: object = {}): FakeAnswer {
  return { status, body: { type, message: `It went wrong: ${type}`, ...more } }
}
