import { z } from 'zod'
import type { Payment } from './payment.ts'

/** A payment and the stream entry that is acknowledged when the payment has ended. */
export type QueuedPayment = { entry: string; payment: Payment }

/** An entry that cannot be parsed. */
export type UnreadableEntry = { entry: string; fields: Record<string, string> }

export type RawEntry = [id: string, fields: string[] | null]

const BasketSchema = z
  .array(
    z.object({
      type: z.int().positive(),
      quantity: z.int().positive(),
      limit: z.int().nonnegative().optional(),
    }),
  )
  .min(1)

const EntrySchema = z.object({
  payment: z.uuid(),
  account: z.uuid(),
  hold: z.uuid(),
  basket: z.string().transform((json, context) => {
    const basket = BasketSchema.safeParse(parseJson(json))
    if (basket.success) return basket.data
    context.addIssue({ code: 'custom', message: 'not a basket' })
    return z.NEVER
  }),
  amount: z.coerce.number().int().nonnegative(),
  currency: z.string().length(3),
  method: z.string(),
  request: z.string().length(43).optional(),
})

/** Parses an entry of a room's stream as `paymentAccept` writes it. */
export function parseEntry(room: string, [entry, flat]: RawEntry): QueuedPayment | UnreadableEntry {
  const fields = toObject(flat ?? [])
  const payment = parseFields(room, fields)
  return payment === undefined ? { entry, fields } : { entry, payment }
}

export function parseFields(room: string, fields: Readonly<Record<string, string>>): Payment | undefined {
  const parsed = EntrySchema.safeParse(fields)
  if (!parsed.success) return undefined
  const { payment: id, amount: amountMinor, ...rest } = parsed.data
  return { id, room, amountMinor, ...rest }
}

/** The fields of a payment's entry, as `parseFields` reads them. */
export function fieldsOf(payment: Payment): Record<string, string> {
  return {
    payment: payment.id,
    account: payment.account,
    hold: payment.hold,
    basket: JSON.stringify(payment.basket),
    amount: String(payment.amountMinor),
    currency: payment.currency,
    method: payment.method,
    ...(payment.request === undefined ? {} : { request: payment.request }),
  }
}

/** When an entry was added, by Redis' clock, in milliseconds. */
export function entryAt(entry: string): number {
  return Number(entry.slice(0, entry.indexOf('-')))
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function toObject(flat: readonly string[]): Record<string, string> {
  const object: Record<string, string> = {}
  for (let i = 0; i + 1 < flat.length; i += 2) object[flat[i] ?? ''] = flat[i + 1] ?? ''
  return object
}
