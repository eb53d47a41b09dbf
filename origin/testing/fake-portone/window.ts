import type { FakeStore } from './api.ts'
import type { FakePayment } from './records.ts'

export type FakeWindow = {
  /** Opens PortOne's window with what the page gives it, and shows the fan the gateway's form. */
  open(parameters: Readonly<Record<string, string>>): FakePayment
  /** The fan confirms: paid, or an account to pay into. */
  approve(key: string): void
  /** The card company declines, or the fan closes the window. */
  fail(key: string, reason?: string): void
  /** The money arrives on the account. */
  deposit(key: string): void
}

/** What happens in a fan's browser and at the gateway. */
export function createWindow(store: FakeStore): FakeWindow {
  return { open, approve, fail, deposit }

  function open(parameters: Readonly<Record<string, string>>): FakePayment {
    const { paymentId = '', storeId = '', channelKey = '', payMethod = '', currency = '' } = parameters
    const total = Number(parameters['totalAmount'])
    const registered = store.registered.get(paymentId)
    const differs = registered?.totalAmount !== total || registered.currency !== currency
    if (registered !== undefined && differs) throw new Error('The amount differs from the registered one')
    if (store.payments.get(paymentId)?.paidAt !== undefined) throw new Error('The payment has been paid')
    const now = new Date()
    const payment: FakePayment = {
      ...{ id: paymentId, status: 'READY', storeId, channelKey, payMethod, total, currency },
      ...{ requestedAt: now, changedAt: now, cancellations: [], disputes: [] },
    }
    store.payments.set(paymentId, payment)
    return payment
  }

  function approve(key: string): void {
    const payment = paymentOf(key)
    if (payment.payMethod !== 'VIRTUAL_ACCOUNT') {
      pay(payment)
      return
    }
    payment.account = {
      ...{ type: 'PaymentMethodVirtualAccount', bank: 'KOOKMIN', accountNumber: '12345678901234' },
      ...{ remitteeName: '나루', expiredAt: new Date(Date.now() + 86_400_000).toISOString() },
    }
    change(payment, 'VIRTUAL_ACCOUNT_ISSUED')
  }

  function fail(key: string, reason = 'CARD_REJECTED'): void {
    const payment = paymentOf(key)
    payment.failure = reason
    change(payment, 'FAILED')
  }

  function deposit(key: string): void {
    pay(paymentOf(key))
  }

  function paymentOf(key: string): FakePayment {
    const payment = store.payments.get(key)
    if (payment === undefined) throw new Error('Nobody has opened the window')
    return payment
  }
}

function pay(payment: FakePayment): void {
  payment.paidAt = new Date()
  change(payment, 'PAID')
}

function change(payment: FakePayment, status: FakePayment['status']): void {
  Object.assign(payment, { status, changedAt: new Date() })
}
