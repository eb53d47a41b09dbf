import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { listen } from '../../../shared/http/listen.ts'
import { createSubscriber, type Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { grantTestPasses, useRedis } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { createOriginApp } from '../../app.ts'
import type { OriginDeps } from '../../context.ts'
import { takeHold } from '../../holds/take-hold.ts'
import type { ShownState } from '../../payments/payment.ts'
import { createPaymentChanges, type PaymentChanges } from '../../payments/payment-changes.ts'
import { finishPayment } from '../../payments/process/finish-payment.ts'
import { moveToDeadLetters } from '../../payments/process/move-to-dead-letters.ts'
import { showWaiting } from '../../payments/process/show-waiting.ts'
import type { PaymentAction } from '../../payments/provider.ts'
import { showPayment } from '../../payments/show-payment.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../../testing/app.ts'
import { makeTestAccounts, makeTestFestival, type TestFestival } from '../../testing/origin.ts'
import { agreementTo, openTestRecorder, withOutages } from '../../testing/payments.ts'

const { redis, caller } = useRedis(3)
const { db } = useDatabase()
const tokens = makeTestTokens()
const { lifetime } = tokens
const WATCHERS_MAX = 50

let festival: TestFestival
let subscriber: Redis
let changes: PaymentChanges
let app: ReturnType<typeof createOriginApp>

const depsOf = (more: Partial<OriginDeps> = {}): OriginDeps => ({
  ...testOriginDeps({ db: db(), redis: redis(), catalogue: emptyCatalogue }, tokens),
  paymentChanges: changes,
  ...more,
})

beforeAll(async () => {
  festival = await makeTestFestival({ db: db(), redis: redis() }, { quantities: [1000] })
  const log = createLogger('test', 'silent')
  subscriber = createSubscriber({ url: redisUrl(), name: 'test changes', log })
  changes = createPaymentChanges({ subscriber, watchersMax: WATCHERS_MAX })
  const isConnected = new Promise<void>((resolve) =>
    changes.onChange(() => changes.isConnected() && resolve()),
  )
  await subscriber.connect()
  await isConnected
  app = createOriginApp(depsOf())
})
afterAll(() => changes.close())

const path = () => `/api/rooms/${festival.id}/payments`
const sessionOf = (account: string, roles: Role[] = ['fan']) => tokens.sessionOf(account, roles)

/** Lets callers wait long enough that a missed change is never found at the end of the wait. */
const makePatient = () =>
  createOriginApp(depsOf({ limits: { ...depsOf().limits, paymentWaitSecondsMax: 100 } }))

/** Whether as many wait for a change as are allowed. */
const isFull = () => {
  const watch = changes.watch('probe')
  watch?.close()
  return watch === undefined
}

/** A fan who holds a unit. */
async function holder() {
  const [account = ''] = await makeTestAccounts(db(), 1)
  const [passId = ''] = await grantTestPasses(redis(), festival.id, [account])
  const basket = [{ type: festival.types[0] ?? 0, quantity: 1 }]
  const agreed = agreementTo(await takeHold(redis(), { room: festival.id, account, passId, basket }))
  const pass = tokens.signPass({ aud: festival.id, sub: account, jti: passId, ...lifetime })
  const pay = (
    key: string | undefined,
    method = 'card-ok',
    on = app,
    seen: object = agreed,
    more: Record<string, string> = {},
  ) =>
    on.request(path(), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${pass}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...more,
      },
      body: JSON.stringify({ method, ...seen }),
    })
  /** Pays under one key, and waits up to 100 seconds where that is allowed. */
  const payAndWait = (on = makePatient(), prefer = 'wait=100') =>
    pay('"waiting"', 'card-ok', on, agreed, { prefer })
  return { account, passId, pay, payAndWait, session: sessionOf(account) }
}

const paymentOf = ({ passId, account }: { passId: string; account: string }, id: string) => ({
  ...{ id, room: festival.id, hold: passId, account },
})

/** The payment that a fan is making, once it is stored. */
async function storedPayment(fan: { passId: string; account: string }) {
  const find = () =>
    db().select({ id: payments.id }).from(payments).where(eq(payments.accountId, fan.account))
  await expect.poll(find).toHaveLength(1)
  const [row] = await find()
  return paymentOf(fan, row?.id ?? '')
}

/** A fan who has paid, and what the workers would do with the payment, on another connection. */
async function payer() {
  const fan = await holder()
  const { id } = (await (await fan.pay('"key"')).json()) as { id: string }
  const payment = paymentOf(fan, id)
  const ask = (headers: Record<string, string> = {}, on = app, signal?: AbortSignal) =>
    on.request(`${path()}/${id}`, {
      headers: { authorization: `Bearer ${fan.session}`, ...headers },
      ...(signal === undefined ? {} : { signal }),
    })
  return {
    ...fan,
    id,
    ask,
    show: (state: ShownState) => showPayment(caller(1), payment, state),
    showAction: (action: PaymentAction) =>
      showWaiting(
        caller(1),
        { payment },
        { action, until: new Date(Date.now() + 60_000), amountMinor: 1000, currency: 'KRW' },
      ),
    confirm: () => finishPayment(caller(1), { payment }, { state: 'confirmed', orderId: randomUUID() }, 60),
  }
}

const stateIn = async (answer: Response | Promise<Response>) =>
  ((await (await answer).json()) as { state: string }).state

describe('paying', () => {
  it('H9: responds 202 once MySQL has the payment, and 503 with Retry-After while it cannot store it', async () => {
    const { pay } = await holder()
    const outages = withOutages(db())
    const paymentRecorder = openTestRecorder(outages.db)
    const faltering = createOriginApp(depsOf({ paymentRecorder }))
    outages.begin()
    const refused = await pay('"key"', 'card-ok', faltering)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await refused.json()).toMatchObject({ code: 'unavailable' })
    outages.end()
    const answer = await pay('"key"', 'card-ok', faltering)
    expect(answer.status).toBe(202)
    const { id } = (await answer.json()) as { id: string }
    const rows = await db().select({ state: payments.state }).from(payments).where(eq(payments.id, id))
    expect(rows).toEqual([{ state: 'accepted' }])
  })

  it('requires a well-formed Idempotency-Key', async () => {
    const { pay } = await holder()
    for (const [key, code] of [
      [undefined, 'idempotency-key-missing'],
      ['', 'bad-request'],
      ['"open', 'bad-request'],
      ['x'.repeat(256), 'bad-request'],
    ] as const) {
      const answer = await pay(key)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ code })
    }
  })

  it('repeats the response to a repeated request, with quotes or without, and rejects another under the key', async () => {
    const { pay } = await holder()
    const first = await pay('"k-1"')
    const body: unknown = await first.json()
    expect(first.status).toBe(202)
    for (const key of ['"k-1"', 'k-1', ' k-1 ']) {
      const again = await pay(key)
      expect(again.status).toBe(202)
      expect(again.headers.get('location')).toBe(first.headers.get('location'))
      expect(await again.json()).toEqual(body)
    }
    const other = await pay('"k-1"', 'card-declined')
    expect(other.status).toBe(422)
    expect(await other.json()).toMatchObject({ code: 'idempotency-key-reused' })
  })

  it('C3: rejects a payment for what the fan has not seen, and returns the current hold', async () => {
    const { pay } = await holder()
    const seen = { amountMinor: 500, holdVersion: '0123456789abcdef' }
    const refused = await pay('"k"', 'card-ok', app, seen)
    expect(refused.status).toBe(409)
    const problem = (await refused.json()) as { code: string; hold: { amountMinor: number; version: string } }
    expect(problem).toMatchObject({ code: 'hold-changed', hold: { amountMinor: 1000, paying: false } })
    const { amountMinor, version } = problem.hold
    expect((await pay('"k"', 'card-ok', app, { amountMinor, holdVersion: version })).status).toBe(202)
  })

  it.each<[string, object]>([
    ['no amount', { amountMinor: undefined }],
    ['half a unit', { amountMinor: 0.5 }],
    ['an amount below 0', { amountMinor: -1 }],
    ['an amount as text', { amountMinor: '1000' }],
    ['no version', { holdVersion: undefined }],
    ['an odd version', { holdVersion: 'v1' }],
  ])('C3: rejects a payment with %s', async (_, wrong) => {
    const { pay } = await holder()
    const answer = await pay('"k"', 'card-ok', app, {
      amountMinor: 1000,
      holdVersion: '0123456789abcdef',
      ...wrong,
    })
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ code: 'invalid-input' })
  })

  it('separates the keys of each account', async () => {
    const [one, two] = [await holder(), await holder()]
    const answers = (await Promise.all([one.pay('"same"'), two.pay('"same"')])) as [Response, Response]
    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    expect(answers[0].headers.get('location')).not.toBe(answers[1].headers.get('location'))
  })

  it('responds 409 while the first request with the key is in process, and with the same payment after', async () => {
    const { pay, account } = await holder()
    const slow = Promise.withResolvers<void>()
    const slowRedis = new Proxy(redis(), {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (name === 'paymentAccept') {
          return async (...args: unknown[]) => {
            await slow.promise
            return Reflect.apply(value as (...args: unknown[]) => unknown, target, args)
          }
        }
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const stalled = createOriginApp(depsOf({ redis: slowRedis }))
    const first = pay('"key"', 'card-ok', stalled)
    await expect.poll(async () => (await pay('key', 'card-ok', stalled)).status).toBe(409)
    const meanwhile = await pay('key', 'card-ok', stalled)
    expect(meanwhile.headers.get('retry-after')).toBe('1')
    expect(await meanwhile.json()).toMatchObject({ code: 'request-in-flight' })
    // Another account's key of the same name is another key.
    const other = (await holder()).pay('"key"', 'card-ok', stalled)
    slow.resolve()
    const [one, two] = [await first, await other]
    expect([one.status, two.status]).toEqual([202, 202])
    const after = await pay('key', 'card-ok', stalled)
    expect(await after.json()).toEqual(await one.json())
    expect(account).toBeDefined()
  })

  it('returns when to retry when the payment queue is full, and keeps the hold', async () => {
    const full = createOriginApp(depsOf({ limits: { ...depsOf().limits, paymentQueueMax: 0 } }))
    const { pay, passId } = await holder()
    const answer = await pay('"key"', 'card-ok', full)
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await redis().hexists(roomKeys(festival.id).hold, passId)).toBe(1)
    expect((await pay('"key"')).status).toBe(202)
  })
})

describe('paying with a wait for the outcome', () => {
  const confirm = (payment: ReturnType<typeof paymentOf>) =>
    finishPayment(caller(1), { payment }, { state: 'confirmed', orderId: randomUUID() }, 60)

  it('responds 200 with the outcome as soon as it is known, past the states in between', async () => {
    const fan = await holder()
    const paying = fan.payAndWait()
    const payment = await storedPayment(fan)
    for (const state of ['charging', 'paid'] as const) await showPayment(caller(1), payment, state)
    await confirm(payment)
    const answer = await paying
    const { headers } = answer
    expect([answer.status, headers.get('etag')]).toEqual([200, '"confirmed"'])
    expect(headers.get('preference-applied')).toBe('wait=100')
    expect(headers.get('location')).toBe(`${path()}/${payment.id}`)
    expect(await answer.json()).toMatchObject({ id: payment.id, state: 'confirmed' })
  })

  it('responds 200 as soon as the fan has something to do', async () => {
    const fan = await holder()
    const paying = fan.payAndWait()
    const payment = await storedPayment(fan)
    await showWaiting(
      caller(1),
      { payment },
      {
        action: { kind: 'redirect', url: 'https://bank.test/1' },
        ...{ until: new Date(Date.now() + 60_000), amountMinor: 1000, currency: 'KRW' },
      },
    )
    const answer = await paying
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"action-redirect"'])
  })

  it('responds 202 with the state at the end of the wait, and immediately to a wait of no time', async () => {
    const { payAndWait } = await holder()
    const answer = await payAndWait(app, 'wait=1')
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, 'wait=1'])
    expect(await stateIn(answer)).toBe('accepted')
    const now = await payAndWait(app, 'wait=0')
    expect([now.status, now.headers.get('preference-applied')]).toEqual([202, null])
  })

  it('gives a repeated request the outcome too, while the first waits and after it', async () => {
    const fan = await holder()
    const patient = makePatient()
    const first = fan.payAndWait(patient)
    const payment = await storedPayment(fan)
    // Without a wait it is answered at once, and not refused as in process.
    await expect.poll(async () => (await fan.payAndWait(patient, 'wait=0')).status).toBe(202)
    const second = fan.payAndWait(patient)
    await confirm(payment)
    const waited = await Promise.all([first, second])
    const answers = [...waited, await fan.payAndWait(patient)]
    const bodies = await Promise.all(answers.map((answer) => answer.json()))
    expect(bodies.map((body) => (body as { state: string }).state)).toEqual(Array(3).fill('confirmed'))
    expect(new Set(bodies.map((body) => (body as { id: string }).id))).toEqual(new Set([payment.id]))
  })

  it('responds 202 immediately when too many wait already, without claiming to have waited', async () => {
    const { ask, confirm } = await payer()
    const patient = makePatient()
    const known = { prefer: 'wait=100', 'if-none-match': '"accepted"' }
    const waiting = Array.from({ length: WATCHERS_MAX }, () => ask(known, patient))
    await expect.poll(isFull).toBe(true)
    const answer = await (await holder()).payAndWait(patient)
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, null])
    await confirm()
    await Promise.all(waiting)
  })
})

describe('requesting the state of a payment', () => {
  it('responds immediately, with a validator that names the state', async () => {
    const { ask, confirm } = await payer()
    const answer = await ask()
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"accepted"'])
    expect(answer.headers.get('preference-applied')).toBeNull()
    const same = await ask({ 'if-none-match': 'W/"paid", "accepted"' })
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', '"accepted"'])
    await confirm()
    expect(await stateIn(ask({ 'if-none-match': '"accepted"' }))).toBe('confirmed')
  })

  it('gives what is asked of the fan another validator when it becomes something of another kind', async () => {
    const { ask, showAction } = await payer()
    await showAction({ kind: 'redirect', url: 'https://bank.test/1' })
    const first = await ask()
    expect(first.headers.get('etag')).toBe('"action-redirect"')
    expect((await ask({ 'if-none-match': '"action-redirect"' })).status).toBe(304)
    await showAction({ kind: 'deposit', bank: 'Bank', accountNumber: '1', holder: 'Naru' })
    const second = await ask({ prefer: 'wait=5', 'if-none-match': '"action-redirect"' })
    expect([second.status, second.headers.get('etag')]).toEqual([200, '"action-deposit"'])
    expect(await second.json()).toMatchObject({ action: { kind: 'deposit' } })
  })

  it('waits for a change by any other process, and returns the preference that it applied', async () => {
    const { ask, show } = await payer()
    const asked = ask({ prefer: 'wait=600', 'if-none-match': '"accepted"' })
    await show('charging')
    const answer = await asked
    expect(await stateIn(answer)).toBe('charging')
    expect(answer.headers.get('preference-applied')).toBe('wait=5')
  })

  it('responds immediately when the state differs from what the caller knows, and when it is final', async () => {
    const { ask, show, confirm } = await payer()
    await show('charging')
    expect(await stateIn(ask({ prefer: 'wait=5', 'if-none-match': '"accepted"' }))).toBe('charging')
    await confirm()
    expect(await stateIn(ask({ prefer: 'wait=5' }))).toBe('confirmed')
  })

  it('reports at the end of the wait that nothing has changed', async () => {
    const { ask } = await payer()
    const answer = await ask({ prefer: 'wait=1', 'if-none-match': '"accepted"' })
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([304, 'wait=1'])
    expect((await ask({ prefer: 'wait=1' })).status).toBe(200)
  })

  it('misses no change, however it falls between two requests of hundreds of fans', async () => {
    const patient = makePatient()
    const payers = await Promise.all(Array.from({ length: 40 }, payer))
    const states: ShownState[] = ['charging', 'paid']
    const followed = await Promise.all(
      payers.map(async ({ ask, show, confirm }) => {
        const making = (async () => {
          for (const state of states) await show(state)
          await confirm()
        })()
        let answer = await ask({}, patient)
        let requests = 0
        while ((await stateIn(answer.clone())) !== 'confirmed' && requests < 10) {
          requests += 1
          const known = answer.headers.get('etag') ?? ''
          answer = await ask({ prefer: 'wait=100', 'if-none-match': known }, patient)
        }
        await making
        return stateIn(answer)
      }),
    )
    expect(new Set(followed)).toEqual(new Set(['confirmed']))
  })

  it('responds immediately to callers beyond the limit, without claiming to have waited', async () => {
    const { ask, confirm } = await payer()
    const patient = makePatient()
    const known = { prefer: 'wait=100', 'if-none-match': '"accepted"' }
    const waiting = Array.from({ length: WATCHERS_MAX }, () => ask(known, patient))
    await expect.poll(isFull).toBe(true)
    const tooMany = await ask(known)
    expect([tooMany.status, tooMany.headers.get('preference-applied')]).toEqual([304, null])
    await confirm()
    const answers = await Promise.all(waiting)
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    // All slots are free again.
    expect((await ask({ prefer: 'wait=5' })).headers.get('preference-applied')).toBe('wait=5')
  })

  it('returns it to its owner alone, even to callers who wait', async () => {
    const { id, confirm } = await payer()
    const headers = { authorization: `Bearer ${sessionOf(randomUUID())}`, prefer: 'wait=5' }
    expect((await app.request(`${path()}/${id}`, { headers })).status).toBe(404)
    await confirm()
    expect((await app.request(`${path()}/${id}`, { headers })).status).toBe(404)
    expect((await app.request(`/api/rooms/other/payments/${id}`, { headers })).status).toBe(404)
  })

  it('frees the slot of a caller who has disconnected', async () => {
    const server = await listen(makePatient(), { hostname: '127.0.0.1', port: 0, connectionsMax: 200 })
    const { id, session, ask, confirm } = await payer()
    const url = `http://127.0.0.1:${server.port}${path()}/${id}`
    const known = { prefer: 'wait=100', 'if-none-match': '"accepted"' }
    const leaving = new AbortController()
    const gone = Array.from({ length: WATCHERS_MAX }, () =>
      fetch(url, { headers: { authorization: `Bearer ${session}`, ...known }, signal: leaving.signal }).then(
        () => 'answered',
        () => 'gone',
      ),
    )
    await expect.poll(isFull).toBe(true)
    leaving.abort()
    await expect.poll(isFull).toBe(false)
    expect(new Set(await Promise.all(gone))).toEqual(new Set(['gone']))
    const asked = ask(known)
    await confirm()
    expect(await stateIn(asked)).toBe('confirmed')
    await server.close()
  })

  it('receives changes again after the connection was lost, including those in between', async () => {
    const { ask, show, confirm } = await payer()
    const patient = makePatient()
    const known = { prefer: 'wait=100', 'if-none-match': '"accepted"' }
    const asked = ask(known, patient)
    const lists = String(await redis().client('LIST'))
    const client = /id=(\d+) [^\n]*name=test-changes/.exec(lists)?.[1] ?? ''
    await redis().client('KILL', 'ID', client)
    await show('charging')
    expect(await stateIn(asked)).toBe('charging')
    await expect.poll(() => changes.isConnected()).toBe(true)
    const again = ask({ ...known, 'if-none-match': '"charging"' }, patient)
    await confirm()
    expect(await stateIn(again)).toBe('confirmed')
  })

  it('caches a final state, and drops it when the payment changes again', async () => {
    const { ask, show, confirm, id } = await payer()
    await confirm()
    expect(await stateIn(ask())).toBe('confirmed')
    const reads: unknown[] = []
    const counting = new Proxy(redis(), {
      get(target, name) {
        if (name === 'hgetall') reads.push(name)
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const other = createOriginApp(depsOf({ redis: counting }))
    for (let i = 0; i < 5; i += 1) expect(await stateIn(ask({}, other))).toBe('confirmed')
    expect(reads).toHaveLength(1)
    const stranger = { authorization: `Bearer ${sessionOf(randomUUID())}` }
    expect((await other.request(`${path()}/${id}`, { headers: stranger })).status).toBe(404)
    await show('refunding')
    await expect.poll(() => stateIn(ask({}, other))).toBe('refunding')
  })
})

describe('dead letters', () => {
  const deadLetter = () => `/api/admin/rooms/${festival.id}/payments/dead-letters`

  it('are for organisers, who see them page by page and decide', async () => {
    const [organiser = ''] = await makeTestAccounts(db(), 1)
    const token = sessionOf(organiser, ['organiser'])
    const call = async (to: string, body?: object, by = token) =>
      await app.request(to, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    for (const entry of ['1-1', '1-2', '1-3']) {
      const why = { reason: 'bad', attempts: 12, at: new Date() }
      await moveToDeadLetters(db(), { room: festival.id, entry, fields: { payment: 'no UUID' }, ...why })
    }
    type Page = { deadLetters: { id: number; entry: string; resolvedAt?: string }[]; next?: string }
    const read = async (query: string) => (await (await call(`${deadLetter()}${query}`)).json()) as Page
    const first = await read('?limit=2')
    expect(first.deadLetters.map(({ entry }) => entry)).toEqual(['1-3', '1-2'])
    const second = await read(`?limit=2&after=${first.next ?? ''}`)
    expect(second).toMatchObject({ deadLetters: [{ entry: '1-1', reason: 'bad', attempts: 12 }] })
    expect(second.next).toBeUndefined()

    const one = `${deadLetter()}/${first.deadLetters[0]?.id ?? 0}`
    const unreadable = await call(one, { action: 'retry' })
    expect([unreadable.status, ((await unreadable.json()) as { code: string }).code]).toEqual([
      409,
      'conflict',
    ])
    expect((await call(one, { action: 'dismiss' })).status).toBe(204)
    expect((await call(one, { action: 'dismiss' })).status).toBe(409)
    expect((await read('')).deadLetters.map(({ entry }) => entry)).toEqual(['1-2', '1-1', '1-3'])

    expect((await call(`${deadLetter()}/999999999`, { action: 'dismiss' })).status).toBe(404)
    expect((await call('/api/admin/rooms/nowhere/payments/dead-letters')).status).toBe(404)
    for (const wrong of ['?after=open', '?limit=0', '?limit=101']) {
      expect((await call(`${deadLetter()}${wrong}`)).status).toBe(422)
    }
    expect((await call(one, { action: 'forget' })).status).toBe(422)
    expect((await call(deadLetter(), undefined, sessionOf(organiser))).status).toBe(403)
    expect((await call(one, { action: 'retry' }, sessionOf(organiser))).status).toBe(403)
  })
})
