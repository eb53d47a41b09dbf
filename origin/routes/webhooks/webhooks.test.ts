import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import Stripe from 'stripe'
import { beforeAll, describe, expect, it } from 'vitest'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { createOriginApp } from '../../app.ts'
import { createCatalogueCopy } from '../../catalogue/catalogue.ts'
import type { OriginDeps } from '../../context.ts'
import { beginPayments } from '../../payments/process/record-payments.ts'
import { createProviderEvents } from '../../payments/provider-events.ts'
import { createEventReader } from '../../payments/providers/stripe/events.ts'
import { makeTestTokens, testOriginDeps } from '../../testing/app.ts'
import { eventBody } from '../../testing/fake-stripe/fixtures.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../../testing/origin.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const SECRET = 'whsec_test'
const CHARGE = 'pi_of_ours'
const PATH = '/api/webhooks/stripe'
const tokens = makeTestTokens()
const { lifetime, service } = tokens

let payment: string
const looked: string[] = []
/** Whether the provider fails to report the state of payments. */
let unknown = false
let app: ReturnType<typeof createOriginApp>
let without: ReturnType<typeof createOriginApp>

beforeAll(async () => {
  const festival = await makeTestFestival({ db: db() })
  const [account = ''] = await makeTestAccounts(db(), 1)
  const made = makeTestPayment(festival, account)
  payment = made.id
  await beginPayments(db(), [made], new Date())
  await db().update(payments).set({ chargeId: CHARGE }).where(eq(payments.id, payment))
  const log = createLogger('test', 'silent')
  const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10 })
  const newDeps = (): OriginDeps => testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens)
  const events = createProviderEvents({
    db: db(),
    now: Date.now,
    async onPayment(id) {
      looked.push(id)
      return { status: unknown ? 'unknown' : 'ended' }
    },
    rememberSeconds: 2_592_000,
    pruneMax: 100,
  })
  app = createOriginApp({
    ...newDeps(),
    webhooks: {
      provider: 'stripe',
      readEvent: createEventReader({ webhookSecret: SECRET, toleranceSeconds: 300, now: Date.now }),
      receiveEvent: events.receive,
    },
  })
  without = createOriginApp(newDeps())
})

function signed(payload: string, options: { secret?: string; timestamp?: number } = {}): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET, ...options })
}

async function send(
  payload: string,
  {
    signature = signed(payload),
    token = service,
    to = app,
    path = PATH,
  }: {
    signature?: string
    token?: string
    to?: typeof app
    path?: string
  } = {},
) {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(payload)),
    'stripe-signature': signature,
  }
  const response = await to.request(path, { method: 'POST', headers, body: payload })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** As Stripe writes them: indented, and with letters of every language. */
const eventOf = (type: string, about?: string, id = `evt_${randomUUID()}`) =>
  JSON.stringify({ ...eventBody(id, type, about), note: '나루 ✓' }, undefined, 2)

describe('the webhook', () => {
  it('accepts a signed event and resolves its payment', async () => {
    looked.length = 0
    const sent = await send(eventOf('payment_intent.succeeded', payment))
    expect(sent).toEqual({ status: 200, body: { received: 'dealt-with' } })
    expect(looked).toEqual([payment])
  })

  it('looks the payment up once when an event is sent twenty times concurrently, and again later', async () => {
    looked.length = 0
    const event = eventOf('payment_intent.payment_failed', payment)
    const sent = await Promise.all(Array.from({ length: 20 }, () => send(event)))
    expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await send(event)).toEqual({ status: 200, body: { received: 'repeated' } })
    expect(looked).toEqual([payment])
  })

  it.each(['charge.dispute.created', 'charge.dispute.closed', 'refund.updated'])(
    'H4: resolves the payment whose charge a %s event names, without metadata of Naru',
    async (type) => {
      looked.length = 0
      const about = (intent: string) => {
        const object = { id: 'dp_1', object: 'dispute', metadata: {}, payment_intent: intent, status: 'lost' }
        return JSON.stringify({ ...eventBody(`evt_${randomUUID()}`, type), data: { object } })
      }
      expect(await send(about('pi_of_another'))).toMatchObject({ body: { received: 'ignored' } })
      expect(await send(about(CHARGE))).toMatchObject({ body: { received: 'dealt-with' } })
      expect(looked).toEqual([payment])
    },
  )

  it.each(['customer.created', 'account.updated', 'payment_intent.succeeded'])(
    'acknowledges a %s event that names no payment of Naru',
    async (type) => {
      looked.length = 0
      for (const about of [undefined, randomUUID(), "x' or 1=1"]) {
        expect(await send(eventOf(type, about))).toEqual({ status: 200, body: { received: 'ignored' } })
      }
      expect(looked).toEqual([])
    },
  )

  it('acknowledges an event of another account that is connected to ours, and looks nothing up', async () => {
    looked.length = 0
    const event = JSON.stringify({
      ...eventBody(`evt_${randomUUID()}`, 'payment_intent.succeeded', payment),
      account: 'acct_of_another',
    })
    expect(await send(event)).toEqual({ status: 200, body: { received: 'ignored' } })
    expect(looked).toEqual([])
  })

  it('asks for an event to be sent again when the state of the payment is unknown', async () => {
    const event = eventOf('payment_intent.processing', payment)
    unknown = true
    expect(await send(event)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    unknown = false
    expect(await send(event)).toEqual({ status: 200, body: { received: 'dealt-with' } })
  })

  it('does not look up a payment for events that are not about money', async () => {
    expect(await send(eventOf('customer.created', payment))).toMatchObject({ body: { received: 'ignored' } })
  })

  it.each<[string, (payload: string) => string]>([
    ['of another secret', (payload) => signed(payload, { secret: 'whsec_other' })],
    ['of five minutes ago', (payload) => signed(payload, { timestamp: lifetime.iat - 301 })],
    ['of another body', () => signed('{}')],
    ['of another scheme', (payload) => signed(payload).replace('v1=', 'v0=')],
    ['that is none', () => 'nonsense'],
    ['that is empty', () => ''],
  ])('rejects a signature %s', async (_, sign) => {
    looked.length = 0
    const event = eventOf('payment_intent.succeeded', payment)
    const refused = await send(event, { signature: sign(event) })
    expect(refused).toMatchObject({ status: 400, body: { code: 'signature-invalid' } })
    expect(looked).toEqual([])
  })

  it.each(['', 'null', '[]', '{', '{"id":1}'])('rejects %o, though signed', async (payload) => {
    const signature = payload === '' ? signed('x') : signed(payload)
    expect(await send(payload, { signature })).toMatchObject({ status: 400 })
  })

  it('accepts a body larger than others may be, and not a huge one', async () => {
    const large = `${eventOf('customer.created')}${' '.repeat(2000)}`
    expect(await send(large)).toMatchObject({ status: 200 })
    expect(await send(`${large}${' '.repeat(4096)}`)).toMatchObject({ status: 413 })
  })

  it('is for the gateway alone, and missing for a provider that sends no events', async () => {
    const event = eventOf('payment_intent.succeeded', payment)
    const account = randomUUID()
    const session = {
      aud: AUDIENCES.session,
      sub: account,
      name: 'Fan',
      roles: ['fan' as const],
      ...lifetime,
    }
    const fan = tokens.signSession(session)
    expect(await send(event, { token: fan })).toMatchObject({
      status: 403,
      body: { code: 'token-wrong-audience' },
    })
    expect(await send(event, { to: without })).toMatchObject({ status: 404 })
  })

  it('does not exist for providers other than the one that charges', async () => {
    const event = eventOf('payment_intent.succeeded', payment)
    expect(await send(event, { path: '/api/webhooks/portone' })).toMatchObject({ status: 404 })
  })
})
