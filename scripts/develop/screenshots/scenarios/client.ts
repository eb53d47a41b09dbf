import { randomBytes, randomUUID } from 'node:crypto'
import type { APIRequestContext } from 'playwright-core'
import type { Role } from '../../../../shared/tokens/kinds.ts'
import type { Setup, Visitor } from './scenario.ts'
import { makeAccount, type Sale, until } from './set-up-sale.ts'

/** A user who acts through the API, each step as soon as it is possible. */
export type Client = ReturnType<typeof clientOf>

/** A user's identity in their browser, after an action. */
export async function visitorAfter(setup: Setup, act: (client: Client) => Promise<void>): Promise<Visitor> {
  const context = await setup.browser.newContext({ baseURL: setup.system.gatewayUrl })
  await act(clientOf(setup, context.request))
  const state = await context.storageState()
  await context.close()
  return state
}

type Answer = { status: number; body: Record<string, unknown> }

function clientOf({ system }: Setup, request: APIRequestContext) {
  async function ask(
    method: string,
    path: string,
    data?: object,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    const answer = await request.fetch(path, { method, ...(data && { data }), ...(headers && { headers }) })
    const text = await answer.text()
    return { status: answer.status(), body: JSON.parse(text === '' ? '{}' : text) as Answer['body'] }
  }

  async function must(status: number, ...what: Parameters<typeof ask>): Promise<Answer['body']> {
    let last: Answer | undefined
    await until(
      async () => {
        last = await ask(...what)
        return last.status === status
      },
      () => `${what[0]} ${what[1]}, which says ${JSON.stringify(last?.body)}`,
    )
    return last?.body ?? {}
  }

  const enter = async ({ id }: Sale) => {
    await must(201, 'POST', `/api/rooms/${id}/entries`, { key: randomBytes(16).toString('base64url') })
  }
  const signIn = async (role: Role) => {
    await must(201, 'POST', '/api/sessions', await makeAccount(system, role))
  }
  return {
    ask,
    must,
    enter,
    /** With a new account. */
    signIn,
    async comeIn(sale: Sale) {
      if ((await ask('GET', '/api/me')).status !== 200) await signIn('fan')
      await enter(sale)
      await must(201, 'POST', `/api/rooms/${sale.id}/claims`, {})
    },
    async hold({ id }: Sale, quantity: number) {
      const { ticketTypes } = (await ask('GET', `/api/festivals/${id}`)).body as {
        ticketTypes: { id: number }[]
      }
      await must(200, 'PUT', `/api/rooms/${id}/hold`, { basket: [{ type: ticketTypes[0]?.id, quantity }] })
    },
    /** Pays and waits until the payment has a state. */
    async pay({ id }: Sale, method: string, state: string): Promise<{ path: string; orderPath: string }> {
      const path = `/api/rooms/${id}/payments`
      const { amountMinor, version } = (await ask('GET', `/api/rooms/${id}/hold`)).body
      const agreed = { method, amountMinor, holdVersion: version }
      const { body } = await ask('POST', path, agreed, { 'idempotency-key': `"${randomUUID()}"` })
      let payment: Answer['body'] = {}
      await until(async () => {
        payment = (await ask('GET', `${path}/${body['id']}`)).body
        return payment['state'] === state
      }, `a payment ${state}`)
      return { path: `/festivals/${id}/payments/${body['id']}`, orderPath: `/orders/${payment['order']}` }
    },
  }
}
