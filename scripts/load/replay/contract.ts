import { z } from 'zod'
import type { Asker } from './client.ts'
import type { Answer } from './exchange.ts'
import { failed, rejected } from './leaving.ts'

/** The parts of the gateway's responses that a fan needs; declared independently, as by any client. */
export const FestivalsSchema = z.object({
  festivals: z.array(
    z.object({
      id: z.string(),
      room: z.object({ id: z.string() }),
      ticketTypes: z.array(z.object({ id: z.int() })).min(1),
    }),
  ),
})

export const StatusSchema = z.object({
  phase: z.enum(['restoring', 'scheduled', 'lobby', 'open', 'paused', 'sold-out', 'closed']),
  serving: z.int(),
  draw: z.object({ drawn: z.boolean() }).optional(),
  poll: z.object({
    nearPositions: z.number(),
    nearSeconds: z.number(),
    farSeconds: z.number(),
    jitterShare: z.number(),
  }),
})

/** There is no position before the draw. */
export const PlaceSchema = z.object({
  position: z.int().min(0).optional(),
  called: z.boolean(),
  place: z.string(),
})
export const SessionSchema = z.object({ token: z.string() })
export const PassSchema = z.object({ pass: z.string() })

export const HoldSchema = z.object({
  basket: z.array(z.object({ type: z.int(), quantity: z.int() })),
  amountMinor: z.int(),
  version: z.string(),
})

export const PaymentSchema = z.object({
  id: z.string(),
  state: z.enum([
    'accepted',
    'charging',
    'action',
    'paid',
    'confirmed',
    'declined',
    'refunding',
    'refunded',
    'expired',
  ]),
  order: z.string().optional(),
  action: z.unknown().optional(),
})

export const OrderSchema = z.object({
  id: z.string(),
  festival: z.string(),
  payment: z.string(),
  tickets: z.array(z.object({ id: z.string(), type: z.int(), number: z.int(), code: z.string() })),
})
export const OrdersSchema = z.object({ orders: z.array(OrderSchema) })

export type Festival = z.output<typeof FestivalsSchema>['festivals'][number]
export type Status = z.output<typeof StatusSchema>
export type PollRule = Status['poll']
export type Place = z.output<typeof PlaceSchema>
export type Hold = z.output<typeof HoldSchema>
export type Payment = z.output<typeof PaymentSchema>
export type Order = z.output<typeof OrderSchema>

/**
 * The body of a response that must have this status and shape. Anything else is an error of the fan's journey, except
 * that fans are rejected when the room has closed.
 */
export function readBody<S extends z.ZodType>(
  asker: Asker,
  answer: Answer,
  status: number,
  schema: S,
): z.output<S> {
  if (answer.status !== status) throw hasClosed(answer) ? rejected('closed') : unexpected(asker, answer)
  const read = schema.safeParse(answer.body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw failed(asker.step, {
    status,
    detail: `the body is not as expected: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  })
}

/** The error of an unexpected response. */
export function unexpected(asker: Asker, answer: Answer): Error {
  return failed(asker.step, {
    status: answer.status,
    code: answer.code,
    detail: answer.detail ?? 'an answer that was not expected',
  })
}

const ClosedSchema = z.object({ code: z.literal('room-not-open'), phase: z.literal('closed') })

/** True when the room was closed meanwhile, which any step in it may report. */
function hasClosed({ body }: Answer): boolean {
  return ClosedSchema.safeParse(body).success
}
