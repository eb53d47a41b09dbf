import { randomUUID } from 'node:crypto'

export type FakeAnswer = { status: number; body?: object; retryAfterSeconds?: number; etag?: string }
export type FakeRequest = {
  /** The last part of the path, where the route has one. */
  id: string
  token: string | undefined
  idempotencyKey: string | undefined
  etag: string | undefined
  body: unknown
}

type FakePayment = { id: string; account: string; type: number; order: string; state: string; method: string }
export type FakeSale = ReturnType<typeof createFakeSale>

export function problem(status: number, code: string, retryAfterSeconds?: number): FakeAnswer {
  return {
    status,
    body: { code, title: code },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}

type SaleState = {
  settings: ReturnType<typeof createSettings>
  accounts: Map<string, string>
  entries: string[]
  payments: (FakePayment & { key: string })[]
  /** How often the status was read. */
  polls: number
}

function createSettings() {
  return {
    phase: 'open',
    /** No fan is called before this many reads of the status. */
    pollsBeforeCalls: 0,
    stock: new Map([
      [1, { free: 100, held: 0 }],
      [2, { free: 100, held: 0 }],
    ]),
    /** How many of the next payments are declined. */
    declines: 0,
  }
}

/** A sale in memory that responds as the gateway and the origin do. A token is a word and the account's address. */
export function createFakeSale() {
  const sale: SaleState = {
    settings: createSettings(),
    accounts: new Map(),
    entries: [],
    payments: [],
    polls: 0,
  }
  const { settings, accounts, entries, payments } = sale
  const answer = { ...queueAnswers(sale), ...shopAnswers(sale) }
  return { settings, accounts, entries, payments, answer }
}

/** The highest position called. */
function servingIn({ settings, polls, entries }: SaleState): number {
  return polls >= settings.pollsBeforeCalls ? entries.length - 1 : -1
}

/** The gateway's responses: festivals, accounts, and the way to a pass. */
function queueAnswers(sale: SaleState) {
  return {
    festivals: () =>
      ok({ festivals: [{ id: 'harbour', room: { id: 'harbour' }, ticketTypes: typesOf(sale.settings) }] }),
    status({ etag }: FakeRequest): FakeAnswer {
      sale.polls += 1
      const body = {
        phase: sale.settings.phase,
        serving: servingIn(sale),
        poll: { nearPositions: 100, nearSeconds: 2, farSeconds: 30, jitterShare: 0.2 },
      }
      const now = `"${JSON.stringify([body.phase, body.serving]).replaceAll('"', '')}"`
      return etag === now ? { status: 304, etag: now } : { status: 200, body, etag: now }
    },
    enter({ body }: FakeRequest): FakeAnswer {
      const { key } = body as { key: string }
      if (!sale.entries.includes(key)) sale.entries.push(key)
      const index = sale.entries.indexOf(key)
      return {
        status: 201,
        body: { index, position: index, called: index <= servingIn(sale), place: `place ${index}` },
      }
    },
    place({ token = '' }: FakeRequest): FakeAnswer {
      const position = Number(token.replace('place ', ''))
      return ok({ index: position, position, called: position <= servingIn(sale), place: token })
    },
    signUp({ body }: FakeRequest): FakeAnswer {
      const { email, password } = body as { email: string; password: string }
      sale.accounts.set(email, password)
      return { status: 201, body: { token: `session ${email}` } }
    },
    claim({ token, body }: FakeRequest): FakeAnswer {
      const position = Number((body as { place: string }).place.replace('place ', ''))
      if (position > servingIn(sale)) return problem(409, 'not-called')
      return { status: 201, body: { pass: `pass ${nameOf(token)}` } }
    },
    leave(): FakeAnswer {
      return { status: 204 }
    },
  }
}

/** The origin's responses to a fan with a pass. */
function shopAnswers({ settings, payments }: SaleState) {
  const holds = new Map<string, number>()
  const orderOf = ({ id, order, type }: FakePayment) => ({
    id: order,
    festival: 'harbour',
    payment: id,
    tickets: [{ id: `ticket-of-${order}`, type, number: 1, code: 'C' }],
  })
  const ordersOf = (token: string | undefined) =>
    payments.filter(({ account, state }) => state === 'confirmed' && account === nameOf(token)).map(orderOf)

  return {
    hold({ token, body }: FakeRequest): FakeAnswer {
      const { basket } = body as { basket: { type: number; quantity: number }[] }
      const type = basket[0]?.type ?? 0
      const stock = settings.stock.get(type)
      if (stock === undefined) return problem(422, 'invalid-input')
      if (stock.free === 0) return problem(409, stock.held > 0 ? 'units-held' : 'sold-out')
      stock.free -= 1
      stock.held += 1
      holds.set(nameOf(token), type)
      return ok({ basket, amountMinor: 1, version: 'v1', expiresAt: '2026-01-01T00:00:00Z', paying: false })
    },
    pay({ token, idempotencyKey = '', body }: FakeRequest): FakeAnswer {
      const agreed = body as { amountMinor: number; holdVersion: string; method: string }
      const account = nameOf(token)
      const type = holds.get(account)
      let payment = payments.find(({ key }) => key === idempotencyKey)
      if (type === undefined) return problem(404, 'hold-missing')
      if (agreed.amountMinor !== 1 || agreed.holdVersion !== 'v1') return problem(409, 'hold-changed')
      if (payment === undefined) {
        const ids = { id: randomUUID(), order: randomUUID(), key: idempotencyKey }
        const { method } = agreed
        const state = settings.declines > 0 ? 'declined' : method === 'bank' ? 'action' : 'confirmed'
        payment = { ...ids, account, type, method, state }
        settings.declines -= 1
        payments.push(payment)
      }
      return { status: 202, body: { id: payment.id, state: 'accepted' } }
    },
    payment({ id, token }: FakeRequest): FakeAnswer {
      const found = payments.find((payment) => payment.id === id && payment.account === nameOf(token))
      if (found === undefined) return problem(404, 'not-found')
      return ok(shownOf(found))
    },
    complete({ id }: FakeRequest): FakeAnswer {
      const found = payments.find((payment) => payment.id === id)
      return found === undefined ? problem(404, 'not-found') : ok(shownOf(found))
    },
    abandon({ id }: FakeRequest): FakeAnswer {
      const found = payments.find((payment) => payment.id === id)
      if (found === undefined) return problem(404, 'not-found')
      found.state = 'declined'
      return { status: 204 }
    },
    order({ id, token }: FakeRequest): FakeAnswer {
      const order = ordersOf(token).find((each) => each.id === id)
      return order === undefined ? problem(404, 'not-found') : ok(order)
    },
    orders: ({ token }: FakeRequest) => ok({ orders: ordersOf(token) }),
  }
}

function shownOf({ id, state, order }: FakePayment): object {
  return {
    ...{ id, state },
    ...(state === 'confirmed' ? { order } : {}),
    ...(state === 'action' ? { action: { kind: 'redirect', url: `http://bank.test/pay/${id}` } } : {}),
  }
}

function ok(body: object): FakeAnswer {
  return { status: 200, body }
}

function nameOf(token: string | undefined): string {
  return token?.split(' ')[1] ?? ''
}

function typesOf({ stock }: { stock: Map<number, unknown> }) {
  return [...stock.keys()].map((id) => ({ id }))
}
