import { z } from 'zod'

/**
 * The subject of a charge: an amount in the currency's smallest unit, on a payment method, for the caller's reference.
 */
export const chargeOrderSchema = z.object({
  amountMinor: z.int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three upper-case letters'),
  method: z.enum(['card-ok', 'card-declined']),
  reference: z.string().min(1).max(64),
})

/** Printable ASCII, so that any key is valid in a header. */
export const keySchema = z.string().regex(/^[ -~]{1,255}$/, 'must be 1 to 255 printable ASCII characters')

export const refundOrderSchema = z.object({ chargeKey: keySchema, amountMinor: z.int().positive() })

export const chargeSchema = z.object({
  id: z.string(),
  key: z.string(),
  ...chargeOrderSchema.shape,
  outcome: z.enum(['succeeded', 'declined']),
  reason: z.literal('card-declined').optional(),
  at: z.iso.datetime(),
})

export const refundSchema = z.object({
  id: z.string(),
  key: z.string(),
  ...refundOrderSchema.shape,
  at: z.iso.datetime(),
})

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

const disputeSchema = z.object({
  id: z.string(),
  chargeKey: keySchema,
  amountMinor: z.int().positive(),
  status: z.enum(['open', 'won', 'lost']),
  at: z.iso.datetime(),
})

const chargeRecordSchema = z.object({ kind: z.literal('charge'), ...chargeSchema.shape })
export const refundRecordSchema = z.object({
  kind: z.literal('refund'),
  ...refundSchema.shape,
})
export const disputeRecordSchema = z.object({ kind: z.literal('dispute'), ...disputeSchema.shape })

/** A record with its place in the ledger, counted from 1; one line of the file, one entry of the API. */
export const ledgerEntrySchema = z.discriminatedUnion('kind', [
  chargeRecordSchema.extend({ seq: z.int().positive() }),
  refundRecordSchema.extend({ seq: z.int().positive() }),
  disputeRecordSchema.extend({ seq: z.int().positive() }),
])

export type ChargeOrder = z.infer<typeof chargeOrderSchema>
export type RefundOrder = z.infer<typeof refundOrderSchema>
export type Charge = z.infer<typeof chargeSchema>
export type Refund = z.infer<typeof refundSchema>
export type ChargeRecord = z.infer<typeof chargeRecordSchema>
export type RefundRecord = z.infer<typeof refundRecordSchema>
export type DisputeRecord = z.infer<typeof disputeRecordSchema>
export type OutsideOrder = z.infer<typeof outsideOrderSchema>
export type LedgerRecord = ChargeRecord | RefundRecord | DisputeRecord
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>
