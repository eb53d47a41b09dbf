import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  FAKE_API_SECRET,
  FAKE_STORE_ID,
  type FakePortone,
  startFakePortone,
} from '../../testing/fake-portone/fake-portone.ts'
import { applyCancellations, type FakePayment } from '../../testing/fake-portone/records.ts'
import { testCharge } from '../../testing/payments.ts'
import { describeProvider } from '../../testing/provider-contract.ts'
import type { ActionEnd } from '../../testing/provider-under-test.ts'
import type { ActionRequired, ChargeRequest, PaymentProvider, RefundRequest } from '../provider.ts'
import { createPortoneProvider, type PortoneOptions } from './portone.ts'

const GET = /^GET \/payments\/[^/]+$/
const REGISTER = /pre-register$/
const CANCEL = /\/cancel$/
const CLOSE = /virtual-account\/close$/
const HOUR_MS = 3_600_000
const CHANNEL_KEYS = {
  ...{ card: 'channel-key-card', 'easy-pay': 'channel-key-easy' },
  ...{ 'virtual-account': 'channel-key-account', transfer: 'channel-key-card' },
}

async function open(options: Partial<PortoneOptions> = {}) {
  const portone = await startFakePortone()
  const { provider, close } = createPortoneProvider({
    ...{ apiSecret: FAKE_API_SECRET, storeId: FAKE_STORE_ID, channelKeys: CHANNEL_KEYS },
    ...{ gatewayOrigins: ['https://*.tosspayments.com'], apiUrl: portone.url },
    ...{ timeoutMs: 3000, connectionsMax: 20, listedMax: 1000, now: Date.now },
    ...options,
  })
  onTestFinished(async () => {
    await portone.close()
    await close()
  })
  return { portone, provider }
}

function newRequest(change: Partial<ChargeRequest> = {}): ChargeRequest {
  return testCharge({ method: 'card', ...change })
}

/** A deposit that may arrive within the given hours of the end of the action. */
function newDeposit(hours = 24): ChargeRequest {
  const until = new Date(Date.now() + 600_000)
  const depositUntil = new Date(until.getTime() + hours * HOUR_MS)
  return newRequest({ method: 'virtual-account', until, depositUntil })
}

/** The parameters of PortOne's window in the answer to a charge. */
function parametersOf(answer: Awaited<ReturnType<PaymentProvider['findCharge']>>): Record<string, string> {
  if (answer.status !== 'action' || answer.action.kind !== 'script') throw new Error(JSON.stringify(answer))
  return answer.action.parameters
}

/** A payment that the fan has paid; of a deposit, whose money has arrived. */
async function pay({ portone, provider }: Opened, request = newRequest()): Promise<FakePayment> {
  const payment = portone.window.open(parametersOf(await provider.charge(request)))
  portone.window.approve(request.key)
  if (request.method === 'virtual-account') portone.window.deposit(request.key)
  return payment
}

type Opened = { portone: FakePortone; provider: PaymentProvider }

const refundOf = (request: ChargeRequest, change: Partial<RefundRequest> = {}): RefundRequest => ({
  ...{ key: `refund-${request.key}`, chargeKey: request.key },
  ...{ amountMinor: request.amountMinor, currency: request.currency },
  ...change,
})

const refunded = (payment: FakePayment | undefined): number =>
  payment?.cancellations.reduce(
    (sum, { status, totalAmount }) => sum + (status === 'SUCCEEDED' ? totalAmount : 0),
    0,
  ) ?? 0

/**
 * The provider with a fan who opens the window at once, and approves a card there, declines an easy payment, or does
 * nothing yet about a transfer.
 */
function withFan({ portone, provider }: Opened): PaymentProvider {
  return {
    ...provider,
    async charge(request) {
      const answer = await provider.charge(request)
      if (answer.status !== 'action') return answer
      portone.window.open(parametersOf(answer))
      if (request.method === 'transfer') return answer
      if (request.method === 'card') portone.window.approve(request.key)
      else portone.window.fail(request.key)
      const found = await provider.findCharge(request.key, request)
      if (found.status === 'none') throw new Error('PortOne does not know an open window')
      return found
    },
  }
}

/** The fan opens the window, again, and ends it; false when PortOne refuses to open it. */
function decide({ window, payments }: FakePortone, key: string, end: ActionEnd): boolean {
  const { storeId = '', channelKey = '', payMethod = '', total, currency = '' } = payments.get(key) ?? {}
  try {
    window.open({
      ...{ paymentId: key, storeId, channelKey, payMethod, currency },
      totalAmount: String(total),
    })
  } catch {
    return false
  }
  if (end === 'approve') window.approve(key)
  else window.fail(key, end)
  return true
}

describeProvider(
  'PortOne',
  async () => {
    const opened = await open()
    const { payments, faults } = opened.portone
    return {
      provider: withFan(opened),
      methods: { good: 'card', declined: 'easy-pay' },
      actionMethod: () => 'transfer',
      decide: async (key, end) => decide(opened.portone, key, end),
      async misrecord(key, as) {
        const { amountMinor: total, currency } = { amountMinor: undefined, currency: undefined, ...as }
        Object.assign(payments.get(key) ?? {}, total === undefined ? { currency } : { total })
      },
      countCharges: async (key) => (payments.get(key)?.paidAt === undefined ? 0 : 1),
      refundedMinor: async (key) => refunded(payments.get(key)),
      async nextCharge(fault) {
        if (fault === 'fails') faults.push({ path: REGISTER, how: 500 })
        // The first look-up of a key finds nothing.
        else
          faults.push({ path: GET, how: 404 }, { path: GET, how: fault === 'answer-lost' ? 'lose' : 'stall' })
      },
      async recover() {
        faults.length = 0
      },
    }
  },
  { actions: ['script'], forgetsAbandoning: true },
)

describe('a charge at PortOne', () => {
  it('registers the amount under our ID and asks the fan to pay in the window, with no key that is secret', async () => {
    const { portone, provider } = await open()
    const request = newRequest()
    const answer = await provider.charge(request)
    expect(answer).toEqual({
      ...{ status: 'action', chargeId: request.key, until: request.until },
      action: {
        kind: 'script',
        parameters: {
          ...{ storeId: FAKE_STORE_ID, channelKey: 'channel-key-card', paymentId: request.key },
          ...{ orderName: request.reference, totalAmount: '1000', currency: 'KRW', payMethod: 'CARD' },
        },
      },
    })
    expect(portone.registered.get(request.key)).toEqual({ totalAmount: 1000, currency: 'KRW' })
    expect(JSON.stringify(answer)).not.toContain(FAKE_API_SECRET)
  })

  it.each<[string, Partial<ChargeRequest>]>([
    ['a method that has no channel', { method: 'mobile' }],
    ['a method that PortOne does not have', { method: 'card-ok' }],
    ['another currency', { currency: 'USD' }],
    ['a deposit where none is offered', { method: 'virtual-account' }],
    ['an amount that PortOne refuses', { amountMinor: 0 }],
  ])('declines %s', async (_, change) => {
    const { provider } = await open()
    expect(await provider.charge(newRequest(change))).toEqual({
      status: 'declined',
      reason: expect.stringMatching(/\w/),
    })
  })

  it.each([401, 403, 409, 429, 500, 502])(
    'is unknown when PortOne answers %i, and can be made then',
    async (how) => {
      const { portone, provider } = await open()
      const request = newRequest()
      portone.faults.push({ path: REGISTER, how })
      expect(await provider.charge(request)).toMatchObject({ status: 'unknown', cause: { status: how } })
      expect(await provider.findCharge(request.key, request)).toEqual({ status: 'none' })
      expect(await provider.charge(request)).toMatchObject({ status: 'action' })
    },
  )

  it('is found as open while the fan is in the window, as declined after it, and as succeeded once paid', async () => {
    const { portone, provider } = await open()
    const request = newRequest()
    const answer = await provider.charge(request)
    portone.window.open(parametersOf(answer))
    expect(await provider.findCharge(request.key, request)).toEqual(answer)
    portone.window.fail(request.key, '한도 초과')
    expect(await provider.findCharge(request.key, request)).toEqual({
      status: 'declined',
      reason: '한도 초과',
    })
    expect(() => portone.window.open(parametersOf(answer))).toThrow('differs from the registered')
    expect(await provider.charge(request)).toMatchObject({ status: 'declined' })
    portone.window.approve(request.key)
    expect(await provider.findCharge(request.key, request)).toEqual({
      ...{ status: 'succeeded', chargeId: request.key, amountMinor: 1000, currency: 'KRW' },
    })
  })

  it.each(['PAY_PENDING', 'SOMETHING_NEW'])('is unknown while PortOne has it as %s', async (status) => {
    const { portone, provider } = await open()
    const request = newRequest()
    const payment = portone.window.open(parametersOf(await provider.charge(request)))
    Object.assign(payment, { status })
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'unknown' })
  })

  it('tells what was paid, where the page asked for another amount than was registered', async () => {
    const opened = await open()
    const request = newRequest()
    await pay(opened, request)
    Object.assign(opened.portone.payments.get(request.key) ?? {}, { total: 999 })
    expect(await opened.provider.findCharge(request.key, request)).toMatchObject({ amountMinor: 999 })
  })

  it('does not count money through a channel that is not ours as any of our currency', async () => {
    const opened = await open()
    const request = newRequest()
    const payment = await pay(opened, request)
    payment.channelKey = 'channel-key-test'
    expect(await opened.provider.findCharge(request.key, request)).toMatchObject({
      ...{ status: 'succeeded', currency: 'XXX' },
    })
  })

  it('believes no record of another store or another payment', async () => {
    const opened = await open()
    const request = newRequest()
    const payment = await pay(opened, request)
    payment.id = randomUUID()
    expect(await opened.provider.findCharge(request.key, request)).toMatchObject({ status: 'unknown' })
    Object.assign(payment, { id: request.key, storeId: 'store-of-another' })
    expect(await opened.provider.findCharge(request.key, request)).toMatchObject({ status: 'unknown' })
  })

  it('waits no longer than configured, and logs no secret', async () => {
    const { portone, provider } = await open({ timeoutMs: 100 })
    portone.faults.push({ path: REGISTER, how: 'stall' }, { path: REGISTER, how: 401 })
    const causes = [await provider.charge(newRequest()), await provider.charge(newRequest())]
    expect(causes).toMatchObject([{ cause: { name: 'TimeoutError' } }, { cause: { status: 401 } }])
    const logged = causes.map((outcome) =>
      'cause' in outcome ? String(Object.entries(outcome.cause ?? {})) : '',
    )
    expect(logged.join()).not.toContain(FAKE_API_SECRET)
  })
})

describe('a deposit at PortOne', () => {
  /** An attempt for which the fan has been given an account. */
  async function issue({ portone, provider }: Opened, request = newDeposit()): Promise<ActionRequired> {
    portone.window.open(parametersOf(await provider.charge(request)))
    portone.window.approve(request.key)
    const found = await provider.findCharge(request.key, request)
    if (found.status !== 'action') throw new Error(JSON.stringify(found))
    return found
  }

  it('asks for an account that is never open longer than the deposit may take', async () => {
    const { provider } = await open()
    const hours = async (request: ChargeRequest) =>
      parametersOf(await provider.charge(request))['virtualAccount.accountExpiry.validHours']
    expect(await hours(newDeposit(24))).toBe('24')
    expect(await hours(newDeposit(1.9))).toBe('1')
    expect(await provider.charge(newDeposit(0.9))).toMatchObject({ status: 'declined' })
  })

  it('is an account to pay into until the earlier of both ends, and succeeds when the money has come', async () => {
    const opened = await open()
    const request = newDeposit(2)
    expect(await issue(opened, request)).toEqual({
      ...{ status: 'action', chargeId: request.key, until: request.depositUntil },
      action: { kind: 'deposit', bank: '국민은행', accountNumber: '12345678901234', holder: '나루' },
    })
    opened.portone.window.deposit(request.key)
    expect(await opened.provider.findCharge(request.key, request)).toMatchObject({
      ...{ status: 'succeeded', amountMinor: 1000 },
    })
  })

  it.each<[string, object]>([
    ['amount', { total: 10 }],
    ['channel', { channelKey: 'channel-key-test' }],
  ])('closes an account of another %s than was requested', async (_, change) => {
    const opened = await open()
    const request = newDeposit()
    await issue(opened, request)
    Object.assign(opened.portone.payments.get(request.key) ?? {}, change)
    const declined = { status: 'declined', reason: 'another deposit than was requested' }
    expect(await opened.provider.findCharge(request.key, request)).toEqual(declined)
    expect(opened.portone.payments.get(request.key)?.status).toBe('CANCELLED')
    expect(await opened.provider.findCharge(request.key, request)).toMatchObject({ status: 'declined' })
  })

  it('closes an account that was opened in the window of a card', async () => {
    const { portone, provider } = await open()
    const request = newRequest()
    const parameters = parametersOf(await provider.charge(request))
    portone.window.open({ ...parameters, payMethod: 'VIRTUAL_ACCOUNT' })
    portone.window.approve(request.key)
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'declined' })
    expect(portone.payments.get(request.key)?.status).toBe('CANCELLED')
  })

  it('is abandoned by closing its account, unless the money came first', async () => {
    const opened = await open()
    const [empty, paid] = [newDeposit(), newDeposit()]
    await issue(opened, empty)
    expect(await opened.provider.abandon(empty)).toEqual({ status: 'abandoned' })
    expect(await opened.provider.abandon(empty)).toEqual({ status: 'abandoned' })
    expect(opened.portone.payments.get(empty.key)?.status).toBe('CANCELLED')
    await issue(opened, paid)
    opened.portone.faults.push({ path: CLOSE, how: 502 })
    expect(await opened.provider.abandon(paid)).toMatchObject({ status: 'unknown' })
    opened.portone.window.deposit(paid.key)
    expect(await opened.provider.abandon(paid)).toMatchObject({ status: 'succeeded', amountMinor: 1000 })
  })
})

describe('abandoning a payment at PortOne', () => {
  it('refuses a window that is opened afterwards', async () => {
    const { portone, provider } = await open()
    const request = newRequest()
    const parameters = parametersOf(await provider.charge(request))
    expect(await provider.abandon(request)).toEqual({ status: 'abandoned' })
    expect(() => portone.window.open(parameters)).toThrow('differs from the registered')
  })

  it('tells of money that came from a window that was open already', async () => {
    const { portone, provider } = await open()
    const request = newRequest()
    portone.window.open(parametersOf(await provider.charge(request)))
    expect(await provider.abandon(request)).toEqual({ status: 'abandoned' })
    portone.window.approve(request.key)
    expect(await provider.abandon(request)).toMatchObject({ status: 'succeeded' })
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'succeeded' })
  })

  it('is not complete while PortOne does not answer, or the gateway does not know', async () => {
    const { portone, provider } = await open()
    const request = newRequest()
    const payment = portone.window.open(parametersOf(await provider.charge(request)))
    portone.faults.push({ path: REGISTER, how: 503 })
    expect(await provider.abandon(request)).toMatchObject({ status: 'unknown' })
    payment.status = 'PAY_PENDING'
    expect(await provider.abandon(request)).toMatchObject({ status: 'unknown' })
  })
})

describe('a refund at PortOne', () => {
  it('refunds parts, each once for its key, and then the rest', async () => {
    const opened = await open()
    const request = newRequest()
    const payment = await pay(opened, request)
    const parts = [randomUUID(), randomUUID()].map((key) =>
      refundOf(request, { key, part: true, amountMinor: 300 }),
    )
    for (const part of [...parts, ...parts]) {
      expect(await opened.provider.refund(part)).toEqual({ status: 'refunded' })
    }
    expect(refunded(payment)).toBe(600)
    const rest = refundOf(request)
    expect(await opened.provider.refund(rest)).toEqual({ status: 'refunded' })
    expect(await opened.provider.refund(rest)).toEqual({ status: 'refunded' })
    expect(refunded(payment)).toBe(1000)
  })

  it('never refunds more than remains, whatever runs at once', async () => {
    const opened = await open()
    const request = newRequest()
    const payment = await pay(opened, request)
    const part = () => refundOf(request, { key: randomUUID(), part: true, amountMinor: 400 })
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => opened.provider.refund(part())))
    expect(outcomes.filter(({ status }) => status === 'refunded')).toHaveLength(refunded(payment) / 400)
    expect(refunded(payment)).toBeLessThanOrEqual(1000)
    await opened.provider.refund(part())
    await opened.provider.refund(part())
    expect(refunded(payment)).toBe(800)
    expect(await opened.provider.refund(part())).toEqual({ status: 'refused', reason: 'more than remains' })
    const foreign = refundOf(request, { key: randomUUID(), part: true, amountMinor: 1, currency: 'USD' })
    expect(await opened.provider.refund(foreign)).toMatchObject({ status: 'refused' })
  })

  it.each(['lose', 'stall'] as const)('whose answer is lost (%s) is executed once', async (how) => {
    const opened = await open({ timeoutMs: 500 })
    const request = newRequest()
    const payment = await pay(opened, request)
    const part = refundOf(request, { key: randomUUID(), part: true, amountMinor: 300 })
    opened.portone.faults.push({ path: CANCEL, how })
    expect(await opened.provider.refund(part)).toMatchObject({ status: 'unknown' })
    expect(await opened.provider.refund(part)).toEqual({ status: 'refunded' })
    expect(refunded(payment)).toBe(300)
  })

  it('is pending while the gateway executes it, and is not requested again', async () => {
    const opened = await open()
    const request = newRequest()
    const payment = await pay(opened, request)
    const part = refundOf(request, { key: randomUUID(), part: true, amountMinor: 300 })
    opened.portone.cancellationsEnd.push('REQUESTED')
    expect(await opened.provider.refund(part)).toEqual({ status: 'pending' })
    expect(await opened.provider.refund(part)).toEqual({ status: 'pending' })
    expect(payment.cancellations).toHaveLength(1)
    for (const cancellation of payment.cancellations) Object.assign(cancellation, { status: 'SUCCEEDED' })
    applyCancellations(payment)
    expect(await opened.provider.refund(part)).toEqual({ status: 'refunded' })
  })

  it('is tried three times where the gateway refuses it, and then refused', async () => {
    const opened = await open()
    const request = newRequest()
    const payment = await pay(opened, request)
    opened.portone.cancellationsEnd.push('FAILED', 'FAILED', 'FAILED')
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await opened.provider.refund(refundOf(request))).toMatchObject({ status: 'unknown' })
    }
    const refusal = { status: 'refused', reason: 'the payment gateway refuses the refund' }
    expect(await opened.provider.refund(refundOf(request))).toEqual(refusal)
    expect(payment.cancellations).toHaveLength(3)
  })

  it('refunds what remains after an operator refunded a part in the console', async () => {
    const opened = await open()
    const request = newRequest()
    const payment = await pay(opened, request)
    await opened.provider.refund(refundOf(request, { key: 'by-console', part: true, amountMinor: 250 }))
    for (const cancellation of payment.cancellations) Object.assign(cancellation, { reason: '고객 요청' })
    expect(await opened.provider.refund(refundOf(request))).toEqual({ status: 'refunded' })
    expect(payment.cancellations.map(({ totalAmount }) => totalAmount)).toEqual([250, 750])
  })

  it('asks for an account to refund a deposit to, by the name of its bank or PortOne’s code', async () => {
    const opened = await open()
    const request = newDeposit()
    const payment = await pay(opened, request)
    expect(await opened.provider.refund(refundOf(request))).toEqual({
      ...{ status: 'refused', reason: 'refund account needed' },
    })
    const account = { accountNumber: '110-123-456789', holder: '김나루' }
    const to = (bank: string, key: string) =>
      refundOf(request, { key, part: true, amountMinor: 100, refundAccount: { bank, ...account } })
    expect(await opened.provider.refund(to('나루은행', randomUUID()))).toMatchObject({ status: 'refused' })
    expect(await opened.provider.refund(to('신한은행', randomUUID()))).toEqual({ status: 'refunded' })
    expect(await opened.provider.refund(to('KAKAO', randomUUID()))).toEqual({ status: 'refunded' })
    expect(opened.portone.refundAccounts).toEqual([
      { bank: 'SHINHAN', number: '110123456789', holderName: '김나루' },
      { bank: 'KAKAO', number: '110123456789', holderName: '김나루' },
    ])
    const rest = refundOf(request, { refundAccount: { bank: '신한은행', ...account } })
    await opened.provider.refund(rest)
    for (const [refundStatus, status] of [
      ['PENDING', 'pending'],
      ['FAILED', 'refused'],
      ['COMPLETED', 'refunded'],
    ]) {
      Object.assign(payment.account ?? {}, { refundStatus })
      expect(await opened.provider.refund(rest)).toMatchObject({ status })
    }
  })
})

describe('the ledger at PortOne', () => {
  async function listed(provider: PaymentProvider, since = new Date(0)): Promise<string[]> {
    const keys: string[] = []
    for await (const { key } of provider.listCharges?.({ since }) ?? []) keys.push(key)
    return keys
  }

  it('is read page by page and search by search, and no further than configured', async () => {
    const opened = await open({ searchedMax: 200 })
    opened.portone.searchedMax = 200
    const started = Date.now() - 400_000
    for (let count = 0; count < 350; count += 1) {
      const payment = opened.portone.window.open({
        paymentId: randomUUID(),
        storeId: FAKE_STORE_ID,
        totalAmount: '1',
      })
      payment.requestedAt = new Date(started + count * 1000)
    }
    expect(new Set(await listed(opened.provider))).toEqual(new Set(opened.portone.payments.keys()))
    const strict = await open({ listedMax: 3 })
    for (const request of Array.from({ length: 4 }, () => newRequest())) await pay(strict, request)
    await expect(listed(strict.provider)).rejects.toThrow('more than 3')
  })

  it('ignores payments of other programs at the same store', async () => {
    const { portone, provider } = await open()
    portone.window.open({ paymentId: 'order-17', storeId: FAKE_STORE_ID, totalAmount: '1' })
    expect(await listed(provider)).toEqual([])
  })

  it('has open payments as open, and a closed account as declined', async () => {
    const opened = await open()
    const [waiting, closed] = [newDeposit(), newDeposit()]
    for (const request of [waiting, closed]) {
      opened.portone.window.open(parametersOf(await opened.provider.charge(request)))
      opened.portone.window.approve(request.key)
    }
    await opened.provider.abandon(closed)
    const states = new Map<string, string>()
    for await (const { key, status } of opened.provider.listCharges?.({ since: new Date(0) }) ?? []) {
      states.set(key, status)
    }
    expect([states.get(waiting.key), states.get(closed.key)]).toEqual(['open', 'declined'])
  })

  it('tells refunds of Naru, by their keys, from refunds and disputes in the console', async () => {
    const opened = await open()
    const [request, other] = [newRequest(), newRequest()]
    const payment = await pay(opened, request)
    await pay(opened, other)
    const key = randomUUID()
    await opened.provider.refund(refundOf(request, { key, part: true, amountMinor: 300 }))
    opened.portone.cancellationsEnd.push('FAILED')
    await opened.provider.refund(refundOf(request, { key: randomUUID(), part: true, amountMinor: 200 }))
    for (const [index, { reason }] of payment.cancellations.entries()) {
      if (index === 1)
        Object.assign(payment.cancellations[index] ?? {}, { reason: reason.replace('naru:', '') })
    }
    const reversalsOf = async (chargeKey: string) => {
      const found = await opened.provider.findReversals?.({ key: chargeKey, chargeId: chargeKey })
      return found?.status === 'found' ? found.reversals : found
    }
    expect(await reversalsOf(request.key)).toMatchObject([
      { kind: 'refund', state: 'done', amountMinor: 300, key },
      { kind: 'refund', state: 'failed', amountMinor: 200 },
    ])
    expect(await reversalsOf(randomUUID())).toEqual([])
    const disputed = opened.portone.payments.get(other.key)
    const dispute = { reason: 'fraud', createdAt: new Date().toISOString() }
    disputed?.disputes.push(
      { ...dispute, status: 'UNRESOLVED', pgDisputeId: 'PP-1' },
      { ...dispute, status: 'RESOLVED' },
    )
    expect(await reversalsOf(other.key)).toMatchObject([
      { id: 'PP-1', kind: 'dispute', state: 'open', amountMinor: 1000 },
      { id: expect.stringContaining(other.key), kind: 'dispute', state: 'failed' },
    ])
    const reversed = []
    for await (const each of opened.provider.listReversed?.({ since: new Date(0) }) ?? []) reversed.push(each)
    expect(reversed).toEqual([{ key: request.key, kind: 'refund' }])
  })

  it('reports refunds as unknown while PortOne does not answer', async () => {
    const { portone, provider } = await open()
    portone.faults.push({ path: GET, how: 429 })
    expect(await provider.findReversals?.({ key: 'k', chargeId: 'k' })).toMatchObject({ status: 'unknown' })
  })
})
