import type { Client } from './client.ts'
import { type Order, OrderSchema, OrdersSchema, readBody } from './contract.ts'
import type { FanRecord } from './fan-record.ts'
import type { Journey, StepRun } from './journey.ts'
import { failed } from './leaving.ts'

/** Reads the order of a confirmed payment, which must have exactly the ticket that was bought; stores its tickets. */
export async function readOrder(
  client: Client,
  journey: Journey,
  session: string,
  bought: { festival: string; type: number; payment: string; order: string },
): Promise<void> {
  const run = journey.begin('verify')
  const answer = await client.send(run, {
    method: 'GET',
    path: `/api/orders/${bought.order}`,
    token: session,
  })
  const order = readBody(run, answer, 200, OrderSchema)
  journey.record.tickets = order.tickets
  const { id, festival, payment, tickets } = order
  const isBought =
    id === bought.order &&
    festival === bought.festival &&
    payment === bought.payment &&
    tickets.length === 1 &&
    tickets[0]?.type === bought.type
  if (!isBought)
    throw failed(run.step, { status: answer.status, detail: `bought ${show(bought)}, got ${show(order)}` })
}

/** After the sale: an account must own exactly what its fan was told. */
export async function verifyOwned(
  client: Client,
  journey: Journey,
  session: string,
  signal: AbortSignal,
): Promise<void> {
  // The journey's own signal is aborted by now.
  const run: StepRun = { ...journey.begin('verify'), signal }
  const answer = await client.send(run, { method: 'GET', path: '/api/orders', token: session })
  const { orders } = readBody(run, answer, 200, OrdersSchema)
  const [order, ...more] = orders
  const matchesRecord = order !== undefined && more.length === 0 && isTheSame(order, journey.record)
  if (!matchesRecord) {
    const detail = `told order ${journey.record.orderId} with ${show(journey.record.tickets)}, owns ${show(orders)}`
    throw failed(run.step, { status: answer.status, detail })
  }
  journey.end(run)
}

function isTheSame(order: Order, record: FanRecord): boolean {
  const owned = new Set(order.tickets.map(({ id }) => id))
  return (
    order.id === record.orderId &&
    owned.size === record.tickets.length &&
    record.tickets.every(({ id }) => owned.has(id))
  )
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, SHOWN_MAX)
}

const SHOWN_MAX = 300
