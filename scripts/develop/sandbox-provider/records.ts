import { z } from 'zod'

/** Methods that charge without the fan. */
const DIRECT_METHODS = ['card-ok', 'card-declined'] as const
/** Methods whose charge stays open until the fan acts: at the bank's page, in a script of the shop's page, by a deposit. */
const ACTION_METHODS = ['bank', 'script', 'deposit'] as const

const orderShape = {
  amountMinor: z.int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three upper-case letters'),
  reference: z.string().min(1).max(64),
}

/**
 * The subject of a charge: an amount in the currency's smallest unit, on a payment method, for the caller's reference.
 */
export const chargeOrderSchema = z
  .object({
    ...orderShape,
    method: z.enum([...DIRECT_METHODS, ...ACTION_METHODS]),
    /** Where the bank's page sends the fan back to. */
    returnUrl: z.url({ protocol: /^https?$/ }).optional(),
    /** When an open charge ends. */
    until: z.iso.datetime().optional(),
    /** The same for a deposit, where it differs. */
    depositUntil: z.iso.datetime().optional(),
  })
  .refine(({ method, returnUrl }) => method !== 'bank' || returnUrl !== undefined, {
    path: ['returnUrl'],
    message: 'is required for the bank',
  })
  .refine(
    ({ method, until, depositUntil }) =>
      !isActionMethod(method) || until !== undefined || (method === 'deposit' && depositUntil !== undefined),
    { path: ['until'], message: 'is required where the fan must act' },
  )

/** Printable ASCII, so that any key is valid in a header. */
export const keySchema = z.string().regex(/^[ -~]{1,255}$/, 'must be 1 to 255 printable ASCII characters')

export const refundOrderSchema = z.object({
  chargeKey: keySchema,
  /** Without it: all that remains of the charge. */
  amountMinor: z.int().positive().optional(),
  /** Where the money of a deposit goes. */
  account: z
    .object({ bank: z.string().max(64), accountNumber: z.string().max(64), holder: z.string().max(128) })
    .optional(),
})

const madeShape = { id: z.string(), key: z.string(), at: z.iso.datetime() }

/** An open charge: the fan has to act before `until`. The token is the secret in the address of its page. */
const openedRecordSchema = z.object({
  kind: z.literal('opened'),
  ...madeShape,
  ...orderShape,
  method: z.enum(ACTION_METHODS),
  token: z.string(),
  until: z.iso.datetime(),
  returnUrl: z.string().optional(),
})

/** The outcome of a charge; of a deposit, there is one for each arrival of money under the key. */
const chargeRecordSchema = z.object({
  kind: z.literal('charge'),
  ...madeShape,
  ...orderShape,
  method: z.enum([...DIRECT_METHODS, ...ACTION_METHODS]),
  outcome: z.enum(['succeeded', 'declined']),
  reason: z.enum(['card-declined', 'bank-declined', 'cancelled']).optional(),
})

const actionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('redirect'), path: z.string() }),
  z.object({ kind: z.literal('script'), path: z.string(), secret: z.string() }),
  z.object({
    kind: z.literal('deposit'),
    bank: z.string(),
    accountNumber: z.string(),
    holder: z.string(),
  }),
])

/** A charge as it is now; `amountMinor` of one that succeeded is what was received. */
export const chargeSchema = z.object({
  ...madeShape,
  ...orderShape,
  method: z.enum([...DIRECT_METHODS, ...ACTION_METHODS]),
  outcome: z.enum(['succeeded', 'declined', 'open']),
  reason: z.enum(['card-declined', 'bank-declined', 'cancelled', 'expired']).optional(),
  action: actionSchema.optional(),
  until: z.iso.datetime().optional(),
})

const refundShape = {
  ...madeShape,
  chargeKey: keySchema,
  amountMinor: z.int().positive(),
  /** Whether the order was for all that remained. */
  whole: z.literal(true).optional(),
}
export const refundSchema = z.object(refundShape)

/** An action of the account's owner in a provider's dashboard, without the shop. */
export const outsideOrderSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('refund'), chargeKey: keySchema, amountMinor: z.int().positive() }),
  z.object({
    kind: z.literal('dispute'),
    chargeKey: keySchema,
    amountMinor: z.int().positive(),
    /** An open dispute is decided by another request of the same ID. */
    status: z.enum(['open', 'won', 'lost']),
    id: z
      .string()
      .regex(/^dp_[\w-]{1,60}$/)
      .optional(),
  }),
])

export const refundRecordSchema = z.object({ kind: z.literal('refund'), ...refundShape })
export const disputeRecordSchema = z.object({
  kind: z.literal('dispute'),
  id: z.string(),
  chargeKey: keySchema,
  amountMinor: z.int().positive(),
  status: z.enum(['open', 'won', 'lost']),
  at: z.iso.datetime(),
})

/** A record with its place in the ledger, counted from 1; one line of the file, one entry of the API. */
export const ledgerEntrySchema = z.discriminatedUnion('kind', [
  openedRecordSchema.extend({ seq: z.int().positive() }),
  chargeRecordSchema.extend({ seq: z.int().positive() }),
  refundRecordSchema.extend({ seq: z.int().positive() }),
  disputeRecordSchema.extend({ seq: z.int().positive() }),
])

export type ChargeOrder = z.infer<typeof chargeOrderSchema>
export type ActionMethod = (typeof ACTION_METHODS)[number]
export type RefundOrder = z.infer<typeof refundOrderSchema>
export type Charge = z.infer<typeof chargeSchema>
export type Refund = z.infer<typeof refundSchema>
export type OpenedRecord = z.infer<typeof openedRecordSchema>
export type ChargeRecord = z.infer<typeof chargeRecordSchema>
export type RefundRecord = z.infer<typeof refundRecordSchema>
export type DisputeRecord = z.infer<typeof disputeRecordSchema>
export type OutsideOrder = z.infer<typeof outsideOrderSchema>
export type LedgerRecord = OpenedRecord | ChargeRecord | RefundRecord | DisputeRecord
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>

export function isActionMethod(method: string): method is ActionMethod {
  return ACTION_METHODS.some((action) => action === method)
}
