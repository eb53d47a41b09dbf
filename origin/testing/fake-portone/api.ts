import { randomUUID } from 'node:crypto'
import type {
  CancelPaymentBody,
  CancelPaymentBodyRefundAccount,
  GetPaymentsBody,
  PreRegisterPaymentBody,
} from '@portone/server-sdk/payment'
import {
  applyCancellations,
  cancelledOf,
  type FakeAnswer,
  type FakeCancellation,
  type FakePayment,
  paymentBody,
  refusal,
} from './records.ts'

/** What the fake knows: the amounts registered for payment IDs, and the payments whose window was opened. */
export type FakeStore = {
  storeId: string
  registered: Map<string, { totalAmount: number; currency: string }>
  payments: Map<string, FakePayment>
  /** How the next cancellations end; without one they succeed at once. */
  cancellationsEnd: FakeCancellation['status'][]
  /** The accounts that refunds went to. */
  refundAccounts: CancelPaymentBodyRefundAccount[]
  /** As the page number times its size may not be larger; 60,000 at PortOne. */
  searchedMax: number
}

export type FakeRequest = { method: string; path: string; query: URLSearchParams; body: unknown }

/** Carries out a request. */
export function handle(store: FakeStore, { method, path, query, body }: FakeRequest): FakeAnswer {
  if (method === 'GET' && path === '/payments') return search(store, readJson(query.get('requestBody')))
  const [, id = '', action = ''] = /^\/payments\/([^/]+)(?:\/(.+))?$/.exec(path) ?? []
  if (id === '') return refusal(404, 'NOT_FOUND')
  const storeId = query.get('storeId') ?? storeOf(body)
  if (storeId !== store.storeId) return refusal(403, 'FORBIDDEN')
  if (method === 'POST' && action === 'pre-register')
    return register(store, id, body as PreRegisterPaymentBody)
  const payment = store.payments.get(id)
  if (payment === undefined) return refusal(404, 'PAYMENT_NOT_FOUND')
  if (method === 'GET' && action === '') return { status: 200, body: paymentBody(payment) }
  if (method === 'POST' && action === 'cancel') return cancel(store, payment, body as CancelPaymentBody)
  if (method === 'POST' && action === 'virtual-account/close') return closeAccount(payment)
  return refusal(404, 'NOT_FOUND')
}

function readJson(text: string | null): GetPaymentsBody {
  return JSON.parse(text ?? '{}') as GetPaymentsBody
}

function storeOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'storeId' in body ? body.storeId : undefined
}

function register(
  { registered, payments }: FakeStore,
  id: string,
  { totalAmount = 0, currency = 'KRW' }: PreRegisterPaymentBody,
): FakeAnswer {
  if (totalAmount <= 0) return refusal(400, 'INVALID_REQUEST')
  if (payments.get(id)?.paidAt !== undefined) return refusal(409, 'ALREADY_PAID')
  registered.set(id, { totalAmount, currency })
  return { status: 200, body: {} }
}

function closeAccount(payment: FakePayment): FakeAnswer {
  if (payment.status !== 'VIRTUAL_ACCOUNT_ISSUED') return refusal(409, 'PAYMENT_NOT_WAITING_FOR_DEPOSIT')
  Object.assign(payment, { status: 'CANCELLED', changedAt: new Date() })
  return { status: 200, body: { closedAt: new Date().toISOString() } }
}

/** The checks of `POST /payments/{paymentId}/cancel`, in the order of its documented errors. */
function cancel(store: FakeStore, payment: FakePayment, body: CancelPaymentBody): FakeAnswer {
  if (payment.status === 'CANCELLED') return refusal(409, 'PAYMENT_ALREADY_CANCELLED')
  if (payment.paidAt === undefined) return refusal(409, 'PAYMENT_NOT_PAID')
  const remaining = payment.total - cancelledOf(payment)
  const { amount = remaining, currentCancellableAmount = remaining, refundAccount, reason } = body
  if (currentCancellableAmount !== remaining) return refusal(409, 'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN')
  if (amount > remaining) return refusal(409, 'CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT')
  if (payment.account !== undefined && refundAccount === undefined) {
    return refusal(502, 'PG_PROVIDER', { pgCode: '1', pgMessage: '환불 계좌가 필요합니다.' })
  }
  const status = store.cancellationsEnd.shift() ?? 'SUCCEEDED'
  const cancellation: FakeCancellation = {
    ...{ status, id: randomUUID(), totalAmount: amount, taxFreeAmount: 0, vatAmount: 0, reason },
    requestedAt: new Date().toISOString(),
  }
  payment.cancellations.push(cancellation)
  if (refundAccount !== undefined) store.refundAccounts.push(refundAccount)
  applyCancellations(payment)
  if (status === 'FAILED')
    return refusal(502, 'PG_PROVIDER', { pgCode: '2', pgMessage: '취소할 수 없습니다.' })
  return { status: 200, body: { cancellation } }
}

function search(store: FakeStore, { page, filter }: GetPaymentsBody): FakeAnswer {
  const { number = 0, size = 10 } = page ?? {}
  if ((number + 1) * size > store.searchedMax) return refusal(400, 'INVALID_REQUEST')
  const { timestampType = 'STATUS_CHANGED_AT', from = '', until = '', status, storeId } = filter ?? {}
  const at = ({ requestedAt, changedAt }: FakePayment) =>
    timestampType === 'CREATED_AT' ? requestedAt : changedAt
  const found = [...store.payments.values()]
    .filter((payment) => payment.storeId === storeId)
    .filter((payment) => at(payment) >= new Date(from) && at(payment) <= new Date(until))
    .filter((payment) => status === undefined || status.includes(payment.status))
    .sort((one, other) => at(one).getTime() - at(other).getTime())
  const items = found.slice(number * size, (number + 1) * size).map(paymentBody)
  return { status: 200, body: { items, page: { number, size, totalCount: found.length } } }
}
