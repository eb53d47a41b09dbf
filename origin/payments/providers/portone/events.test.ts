import { createHmac, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createEventReader } from './events.ts'

const KEY = Buffer.from('a secret of 24 characters')
const STORE = 'store-1'
const readEvent = createEventReader({ webhookSecret: `whsec_${KEY.toString('base64')}`, storeId: STORE })
const payment = randomUUID()

const bodyOf = (type: string, data: object = {}) =>
  JSON.stringify({
    ...{ type, timestamp: '2026-11-30T10:00:00.000Z' },
    data: { storeId: STORE, paymentId: payment, transactionId: 'tx-1', ...data },
  })

/** Headers as https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md has them. */
function signed(
  body: string,
  {
    key = KEY,
    id = 'msg_1',
    secondsAgo = 0,
    as = 'v1',
  }: { key?: Buffer; id?: string; secondsAgo?: number; as?: string } = {},
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000) - secondsAgo)
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `${as},${signature}` }
}

async function read(body: string, headers: Readonly<Record<string, string>> = signed(body)) {
  return await readEvent(new TextEncoder().encode(body), (name) => headers[name])
}

describe('an event of PortOne', () => {
  it.each([
    ...[
      'Transaction.Paid',
      'Transaction.VirtualAccountIssued',
      'Transaction.Failed',
      'Transaction.Cancelled',
    ],
    ...['Transaction.PartialCancelled', 'Transaction.CancelPending', 'Transaction.DisputeCreated'],
  ])('names the payment to look up (%s)', async (type) => {
    expect(await read(bodyOf(type))).toEqual({ id: 'msg_1', payment })
  })

  it.each<[string, string]>([
    ['about an open window', bodyOf('Transaction.Ready')],
    ['that asks for a confirmation', bodyOf('Transaction.Confirm')],
    ['of another store', bodyOf('Transaction.Paid', { storeId: 'store-2' })],
    ['about a payment of another program', bodyOf('Transaction.Paid', { paymentId: 'order-17' })],
    ['about a billing key', bodyOf('BillingKey.Issued', { paymentId: undefined, billingKey: 'key-1' })],
    ['of a type that is not known', bodyOf('SomethingNew')],
    ['without data', '{"type":"Transaction.Paid"}'],
  ])('%s names none', async (_, body) => {
    expect(await read(body)).toEqual({ id: 'msg_1' })
  })

  it('may be signed with two secrets while one replaces the other', async () => {
    const body = bodyOf('Transaction.Paid')
    const [old, now] = [signed(body, { key: Buffer.from('another') }), signed(body)]
    const both = `${old['webhook-signature']} ${now['webhook-signature']}`
    expect(await read(body, { ...now, 'webhook-signature': both })).toEqual({ id: 'msg_1', payment })
  })

  const body = bodyOf('Transaction.Paid')
  it.each<[string, Record<string, string>]>([
    ['signed with another secret', signed(body, { key: Buffer.from('another') })],
    ['of more than five minutes ago', signed(body, { secondsAgo: 330 })],
    ['of more than five minutes ahead', signed(body, { secondsAgo: -330 })],
    ['whose body was changed', signed(bodyOf('Transaction.Cancelled'))],
    ['whose ID was changed', { ...signed(body), 'webhook-id': 'msg_2' }],
    [
      'whose time was changed',
      { ...signed(body), 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 5) },
    ],
    ['of another scheme', signed(body, { as: 'v1a' })],
    ['without a signature', { 'webhook-id': 'msg_1', 'webhook-timestamp': '1' }],
    ['without any header', {}],
  ])('is refused %s', async (_, headers) => {
    expect(await read(body, headers)).toBeUndefined()
  })

  it('is refused when it is not JSON, though signed', async () => {
    expect(await read('{', signed('{'))).toBeUndefined()
  })
})
