import { createHmac, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSandboxEventReader } from './events.ts'

const SECRET = 'webhook-secret'
const NOW_SECONDS = 1_790_000_000
const PAYMENT = randomUUID()
const BODY = JSON.stringify({ type: 'payment.succeeded', data: { payment: PAYMENT } })

const read = createSandboxEventReader({
  webhookSecret: SECRET,
  toleranceSeconds: 300,
  now: () => NOW_SECONDS * 1000,
})

type Sent = { body?: string; id?: string; timestamp?: string; secret?: string; signature?: string }

function receive({
  body = BODY,
  id = 'evt_1',
  timestamp = String(NOW_SECONDS),
  secret = SECRET,
  signature,
}: Sent) {
  const value = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
  const headers: Record<string, string> = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature ?? `v1,${value}`,
  }
  return read(Buffer.from(body), (name) => headers[name])
}

describe('an event of the sandbox', () => {
  it('names its payment when its signature is valid, also among others', () => {
    expect(receive({})).toEqual({ id: 'evt_1', payment: PAYMENT })
    const valid = createHmac('sha256', SECRET).update(`evt_1.${NOW_SECONDS}.${BODY}`).digest('base64')
    expect(receive({ signature: `v1,AAAA v1a,xyz v1,${valid}` })).toEqual({ id: 'evt_1', payment: PAYMENT })
  })

  it('names no payment when that is none of ours', () => {
    const body = JSON.stringify({ type: 'payment.succeeded', data: { payment: "x' or 1=1" } })
    expect(receive({ body })).toEqual({ id: 'evt_1' })
  })

  it.each<[string, Sent]>([
    ['another secret', { secret: 'other' }],
    ['no signature', { signature: '' }],
    ['a signature of another version', { signature: 'v2,AAAA' }],
    ['a signature that is too old', { timestamp: String(NOW_SECONDS - 301) }],
    ['a signature from the future', { timestamp: String(NOW_SECONDS + 301) }],
    ['a timestamp that is no number', { timestamp: 'now' }],
    ['no ID', { id: '' }],
    ['a body that is not JSON', { body: 'x' }],
    ['a body without data', { body: '{"type":"x"}' }],
  ])('is refused with %s', (_, sent) => {
    expect(receive(sent)).toBeUndefined()
  })

  it('is refused when its body or ID was changed after it was signed', () => {
    const signature = `v1,${createHmac('sha256', SECRET).update(`evt_1.${NOW_SECONDS}.${BODY}`).digest('base64')}`
    expect(receive({ signature, body: BODY.replace('succeeded', 'declined') })).toBeUndefined()
    expect(receive({ signature, id: 'evt_2' })).toBeUndefined()
  })
})
