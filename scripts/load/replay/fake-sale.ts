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

export type FakePayment = { id: string; account: string; type: number; order: string; state: string }
export type FakeSale = ReturnType<typeof createFakeSale>

export function problem(status: number, code: string, retryAfterSeconds?: number): FakeAnswer {
  return {
    status,
    body: { code, title: code },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}

/** A sale in memory that responds as the gateway and the origin do. A token is a word and the account's address. */
export function createFakeSale() {
  const settings = {
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
  const accounts = new Map<string, string>()
  const entries: string[] = []
  const holds = new Map<string, number>()
  const payments: (FakePayment & { key: string })[] = []
  let looks = 0
  const serving = () => (looks >= settings.pollsBeforeCalls ? entries.length - 1 : -1)

  const orderOf = ({ id, order, type }: FakePayment) => ({
    id: order,
    festival: 'harbour',
    payment: id,
    tickets: [{ id: `ticket-of-${order}`, type, number: 1, code: 'C' }],
  })
  const ordersOf = (token: string | undefined) =>
    payments.filter(({ account, state }) => state === 'confirmed' && account === nameOf(token)).map(orderOf)

  const answer = {
    festivals: () =>
      ok({ festivals: [{ id: 'harbour', room: { id: 'harbour' }, ticketTypes: typesOf(settings) }] }),
    status({ etag }: FakeRequest): FakeAnswer {
      looks += 1
      const body = {
        phase: settings.phase,
        serving: serving(),
        poll: { nearPositions: 100, nearSeconds: 2, farSeconds: 30, jitterShare: 0.2 },
      }
      const now = `"${JSON.stringify([body.phase, body.serving]).replaceAll('"', '')}"`
      return etag === now ? { status: 304, etag: now } : { status: 200, body, etag: now }
    },
    enter({ body }: FakeRequest): FakeAnswer {
      const { key } = body as { key: string }
      if (!entries.includes(key)) entries.push(key)
      const index = entries.indexOf(key)
      return {
        status: 201,
        body: { index, position: index, called: index <= serving(), place: `place ${index}` },
      }
    },
    place({ token = '' }: FakeRequest): FakeAnswer {
      const position = Number(token.replace('place ', ''))
      return ok({ index: position, position, called: position <= serving(), place: token })
    },
    signUp({ body }: FakeRequest): FakeAnswer {
      const { email, password } = body as { email: string; password: string }
      accounts.set(email, password)
      return { status: 201, body: { token: `session ${email}` } }
    },
    claim({ token, body }: FakeRequest): FakeAnswer {
      const position = Number((body as { place: string }).place.replace('place ', ''))
      if (position > serving()) return problem(409, 'not-called')
      return { status: 201, body: { pass: `pass ${nameOf(token)}` } }
    },
    leave(): FakeAnswer {
      return { status: 204 }
    },

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
      const agreed = body as { amountMinor: number; holdVersion: string }
      const account = nameOf(token)
      const type = holds.get(account)
      let payment = payments.find(({ key }) => key === idempotencyKey)
      if (type === undefined) return problem(404, 'hold-missing')
      if (agreed.amountMinor !== 1 || agreed.holdVersion !== 'v1') return problem(409, 'hold-changed')
      if (payment === undefined) {
        const ids = { id: randomUUID(), order: randomUUID(), key: idempotencyKey }
        payment = { ...ids, account, type, state: settings.declines > 0 ? 'declined' : 'confirmed' }
        settings.declines -= 1
        payments.push(payment)
      }
      return { status: 202, body: { id: payment.id, state: 'accepted' } }
    },
    payment({ id, token }: FakeRequest): FakeAnswer {
      const found = payments.find((payment) => payment.id === id && payment.account === nameOf(token))
      if (found === undefined) return problem(404, 'not-found')
      const { state, order } = found
      return ok({ id, state, ...(state === 'confirmed' ? { order } : {}) })
    },
    order({ id, token }: FakeRequest): FakeAnswer {
      const order = ordersOf(token).find((each) => each.id === id)
      return order === undefined ? problem(404, 'not-found') : ok(order)
    },
    orders: ({ token }: FakeRequest) => ok({ orders: ordersOf(token) }),
  }
  return { settings, accounts, entries, payments, answer }
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
