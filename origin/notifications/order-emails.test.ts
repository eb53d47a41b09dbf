import { eq, inArray } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { orderNumberOf } from '../../drizzle/order-number.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { emails } from '../../drizzle/schema/email.ts'
import { tickets } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { readPdf } from '../../shared/testing/pdf.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { sendDueEmails } from '../email/email-worker.ts'
import type { EmailMessage } from '../email/message.ts'
import { queueEmails } from '../email/queue-emails.ts'
import { cancelOrder } from '../orders/cancel-order.ts'
import { finishRefund } from '../orders/finish-refund.ts'
import { refundInPart } from '../orders/refund-in-part.ts'
import type { Payment } from '../payments/payment.ts'
import { beginPayments } from '../payments/process/record-payments.ts'
import { type ChargedPayment, settlePayments } from '../payments/process/settle-payments.ts'
import { createTestMail } from '../testing/account-emails.ts'
import { makeTestTokens } from '../testing/app.ts'
import { createBookProvider } from '../testing/book-provider.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../testing/origin.ts'
import { createTicketPrinter } from './ticket-printer.ts'
import { createEmailWriter } from './write-email.ts'

const { db } = useDatabase()
const { redis } = useRedis()
const tokens = makeTestTokens()
const { mail, sent, deliver } = createTestMail(db, tokens.emailSecrets)

const paid = (payment: Payment): ChargedPayment => ({
  payment,
  outcome: { status: 'succeeded', chargeId: `charge-${payment.id}`.slice(0, 40) },
})

/** Buys with one account per language, settled in one batch. */
async function buy(languages: ('ko' | 'en' | null)[], stock = 100) {
  const festival = await makeTestFestival({ db: db() }, { quantities: [stock] })
  const ids = await makeTestAccounts(db(), languages.length)
  for (const [i, id] of ids.entries()) {
    const language = languages[i] ?? null
    await db().update(accounts).set({ language }).where(eq(accounts.id, id))
  }
  const payments = ids.map((account) => makeTestPayment(festival, account, 2))
  await beginPayments(db(), payments, new Date())
  const settled = await settlePayments(db(), payments.map(paid), new Date(), queueEmails)
  const orders = payments.map(({ id }) => settled.get(id)?.orderId ?? '')
  return { festival, ids, payments, orders }
}

async function emailsTo(account: string | undefined) {
  await deliver()
  return sent.filter(({ to }) => to === `${account}@naru.test`)
}

describe('the e-mail about an order', () => {
  it('names what was bought and links to the tickets, in the language of the account', async () => {
    const { ids, orders } = await buy(['en', 'ko', null])
    const [en] = await emailsTo(ids[0])
    expect(en?.subject).toBe('Your tickets for Test')
    expect(en?.text).toContain(`Your tickets: http://naru.test/orders/${orders[0]}\n`)
    expect(en?.text).toContain(
      `2 × Type 1\nAmount paid: ₩2,000\nOrder number: ${orderNumberOf(orders[0] ?? '')}\n`,
    )
    const [ko] = await emailsTo(ids[1])
    expect(ko?.subject).toBe('Test 예매가 완료되었습니다')
    // The language of an older account is unknown.
    const [both] = await emailsTo(ids[2])
    expect(both?.subject).toBe('Test 예매가 완료되었습니다 / Your tickets for Test')
    expect(both?.text).toContain('예매가 완료되었습니다. 이용해')
    expect(both?.text).toContain('thank you for your order')
  })

  it('names the festival in the language of the reader, and its times in its own zone (M8, D15)', async () => {
    const { festival, ids } = await buy(['en', 'ko'])
    const startsAt = new Date('2027-11-06T22:00:00Z')
    const endsAt = new Date('2027-11-07T06:30:00Z')
    const place = { place: '뉴욕', placeEn: 'New York', timeZone: 'America/New_York' }
    await db()
      .update(festivals)
      .set({ ...place, nameEn: 'Night of Two Hours', startsAt, endsAt })
      .where(eq(festivals.id, festival.id))
    const [en] = await emailsTo(ids[0])
    expect(en?.subject).toBe('Your tickets for Night of Two Hours')
    expect(en?.text).toContain(
      'Venue: New York\nDate: Sat 6 November 2027, 18:00 – Sun 7 November 2027, 01:30 (Eastern Standard Time) (New York time)',
    )
    const [ko] = await emailsTo(ids[1])
    expect(ko?.text).toContain(
      'Test\n장소: 뉴욕\n일시: 2027.11.06(토) 18:00 – 2027.11.07(일) 01:30 (미 동부 표준시)',
    )
  })

  it('has the tickets attached as a PDF that names their holder', async () => {
    const { ids, orders } = await buy(['en'])
    const printer = createTicketPrinter()
    const attached: EmailMessage[] = []
    await sendDueEmails({
      ...{ db: db(), now: Date.now, log: createLogger('test', 'silent') },
      ...{ isPermanentFailure: () => false, pressure: () => 0, onOutcome: () => {} },
      transport: { send: async (message) => void attached.push(message), close: () => {} },
      write: createEmailWriter({
        ...{ db: db(), now: Date.now, secrets: mail.secrets, publicUrl: 'http://naru.test', resetSeconds: 1 },
        ...{ signTicket: tokens.signTicket, printTickets: printer.print },
      }),
    })
    printer.close()
    const message = attached.find(({ to }) => to === `${ids[0]}@naru.test`)
    expect(message?.text).toContain('attached them as a printable PDF')
    const [file] = message?.attachments ?? []
    expect(file?.filename).toBe(`naru-tickets-${orderNumberOf(orders[0] ?? '')}.pdf`)
    expect(readPdf(file?.content ?? Buffer.of()).pages).toHaveLength(2)
  }, 60_000)

  it('is written once, in the transaction that settles the payment, however often that is repeated', async () => {
    const { ids, payments } = await buy(['en', 'en'])
    await settlePayments(db(), payments.map(paid), new Date(), queueEmails)
    await deliver()
    await settlePayments(db(), payments.map(paid), new Date(), queueEmails)
    for (const id of ids) expect(await emailsTo(id)).toHaveLength(1)

    const next = makeTestPayment(await makeTestFestival({ db: db() }), ids[0] ?? '', 1)
    await beginPayments(db(), [next], new Date())
    const failing = settlePayments(db(), [paid(next)], new Date(), async (...written) => {
      await queueEmails(...written)
      throw new Error('the transaction failed after the e-mail')
    })
    await expect(failing).rejects.toThrow()
    expect(await emailsTo(ids[0])).toHaveLength(1)
  })

  it('takes one statement for a whole batch', async () => {
    let statements = 0
    const festival = await makeTestFestival({ db: db() }, { quantities: [100] })
    const ids = await makeTestAccounts(db(), 20)
    const payments = ids.map((account) => makeTestPayment(festival, account, 1))
    await beginPayments(db(), payments, new Date())
    await settlePayments(db(), payments.map(paid), new Date(), async (...written) => {
      statements += 1
      await queueEmails(...written)
    })
    expect(statements).toBe(1)
    expect(await db().$count(emails, inArray(emails.accountId, ids))).toBe(20)
  })

  it.each([
    ['fan', 'your order is cancelled, as you asked', 'We’re refunding ₩2,000'],
    ['organiser', 'the organiser has cancelled your order', 'We’re refunding ₩2,000'],
    ['provider', 'the payment provider has refunded your payment', 'The refund is ₩2,000'],
  ] as const)('says that it was cancelled by the %s, and how much is given back', async (by, who, amount) => {
    const { ids, orders } = await buy(['en'])
    await deliver()
    const [account = '', order = ''] = [ids[0], orders[0]]
    const deps = { db: db(), redis: redis(), now: Date.now, queueEmails: mail.queue }
    for (let i = 0; i < 2; i += 1) {
      expect(await cancelOrder(deps, { order, account, by })).toEqual({ status: 'cancelling' })
    }
    const [, cancelled, ...more] = await emailsTo(account)
    expect(more).toEqual([])
    expect(cancelled?.subject).toBe('Your order for Test is cancelled')
    expect(cancelled?.text).toContain(who)
    expect(cancelled?.text).toContain(amount)
  })

  it('says how much of it is refunded and which tickets are void, and later what remained to be refunded', async () => {
    const { ids, orders } = await buy(['en'])
    await deliver()
    const [account = '', order = ''] = [ids[0], orders[0]]
    const deps = { db: db(), redis: redis(), now: Date.now, queueEmails: mail.queue }
    const [ticket] = await db().select().from(tickets).where(eq(tickets.orderId, order))
    const refund = async (wanted: string[], amountMinor: number) => {
      const input = { order, account, tickets: wanted, amountMinor, reason: 'ill', key: `${amountMinor}` }
      const result = await refundInPart(deps, input)
      return 'refund' in result ? result.refund : result.status
    }
    await refund([ticket?.id ?? ''], 900)
    const amountAlone = await refund([], 100)
    const [, ofTicket, ofAmount] = await emailsTo(account)
    expect(ofTicket?.subject).toBe('A refund for your order for Test')
    expect(ofTicket?.text).toContain('refunding ₩900 of your order')
    expect(ofTicket?.text).toContain('These tickets are no longer valid:\nType 1, no. 1\n')
    expect(ofTicket?.text).toContain('1 × Type 1\nAmount paid: ₩2,000\nRefunded: ₩1,000\n')
    expect(ofAmount?.text).toContain('refunding ₩100 of your order')
    expect(ofAmount?.text).toContain('Your tickets stay valid.')

    const provider = createBookProvider()
    const refuses = { ...provider, refund: async () => ({ status: 'refused', reason: 'closed' }) as const }
    await finishRefund({ ...deps, provider: refuses }, amountAlone)
    const failed = (await emailsTo(account)).at(-1)
    expect(failed?.subject).toBe('The refund for Test didn’t go through')
    expect(failed?.text).toContain('didn’t accept the refund of ₩100')

    await cancelOrder(deps, { order, account, by: 'fan' })
    const cancelled = (await emailsTo(account)).at(-1)
    expect(cancelled?.text).toContain('We’re refunding ₩1,100')
  })

  it('is not sent when the order was cancelled before; its buyer is notified of that alone', async () => {
    const { ids, orders } = await buy(['en'])
    const [account = '', order = ''] = [ids[0], orders[0]]
    await cancelOrder(
      { db: db(), redis: redis(), now: Date.now, queueEmails: mail.queue },
      { order, account, by: 'fan' },
    )
    const subjects = (await emailsTo(account)).map(({ subject }) => subject)
    expect(subjects).toEqual(['Your order for Test is cancelled'])
  })

  it('reports that a charge without tickets is refunded', async () => {
    const { ids } = await buy(['en', 'en'], 2)
    const [first, second] = [await emailsTo(ids[0]), await emailsTo(ids[1])]
    const subjects = [...first, ...second].map(({ subject }) => subject)
    expect(subjects.toSorted()).toEqual(['We’re refunding your payment for Test', 'Your tickets for Test'])
    const refunded = [...first, ...second].find(({ subject }) => subject.includes('refunding'))
    expect(refunded?.text).toContain('the tickets were no longer available')
  })

  it('H9: reports that a charge is refunded since the account has the maximum number of tickets', async () => {
    const { festival, ids } = await buy(['ko'])
    const [account = ''] = ids
    const more = makeTestPayment(festival, account, 10)
    await beginPayments(db(), [more], new Date())
    await settlePayments(db(), [paid(more)], new Date(), queueEmails)
    const texts = (await emailsTo(account)).map(({ text }) => text)
    expect(texts).toHaveLength(2)
    expect(texts.some((text) => text.includes('계정당 예매 한도를 이미 채우셨습니다'))).toBe(true)
  })
})
