import { z } from 'zod'
import { errorType, type Operation, UnexpectedAnswer } from './call.ts'

const InstantSchema = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

const CancellationSchema = z.object({
  /** `SUCCEEDED`, `REQUESTED` or `FAILED`. */
  status: z.string(),
  id: z.string(),
  totalAmount: z.int(),
  reason: z.string(),
  requestedAt: InstantSchema,
})

const DisputeSchema = z.object({
  /** `UNRESOLVED` or `RESOLVED`. */
  status: z.string(),
  pgDisputeId: z.string().optional(),
  createdAt: InstantSchema,
})

/** The fields of a payment that Naru reads; amounts are in the smallest unit of the currency. */
const RecordSchema = z.object({
  status: z.string(),
  id: z.string(),
  storeId: z.string(),
  channel: z.object({ key: z.string().optional() }).optional(),
  method: z
    .object({
      type: z.string(),
      bank: z.string().optional(),
      accountNumber: z.string().optional(),
      remitteeName: z.string().optional(),
      expiredAt: InstantSchema.optional(),
      refundStatus: z.string().optional(),
    })
    .optional(),
  requestedAt: InstantSchema,
  statusChangedAt: InstantSchema,
  paidAt: InstantSchema.optional(),
  amount: z.object({ total: z.int(), cancelled: z.int() }),
  currency: z.string(),
  failure: z
    .object({
      reason: z.string().optional(),
      pgCode: z.string().optional(),
      pgMessage: z.string().optional(),
    })
    .optional(),
  cancellations: z.array(CancellationSchema).default([]),
  disputes: z.array(DisputeSchema).default([]),
})

/** A payment as PortOne has it, under the ID that Naru gave it. */
export type PaymentRecord = z.output<typeof RecordSchema>
export type Cancellation = z.output<typeof CancellationSchema>

const PageSchema = z.object({
  items: z.array(z.unknown()),
  page: z.object({ number: z.int(), size: z.int(), totalCount: z.int() }),
})

export const VIRTUAL_ACCOUNT = 'PaymentMethodVirtualAccount'

/** PortOne's path of a payment. */
export function paymentPath(key: string, action = ''): string {
  return `/payments/${encodeURIComponent(key)}${action}`
}

/** The payment under a key; undefined when nobody has opened PortOne's window for it. */
export async function readRecord(
  { call, storeId }: Operation,
  key: string,
): Promise<PaymentRecord | undefined> {
  const answer = await call({
    method: 'GET',
    path: `${paymentPath(key)}?${new URLSearchParams({ storeId })}`,
  })
  if (answer.status === 404 && errorType(answer) === 'PAYMENT_NOT_FOUND') return undefined
  if (answer.status !== 200) throw new UnexpectedAnswer(answer)
  const record = RecordSchema.parse(answer.body)
  if (record.id !== key || record.storeId !== storeId) throw new Error('PortOne answers with another payment')
  return record
}

/** One page of a search for payments: those with an ID that Naru could have given, and how many there are at all. */
export async function readPage(
  { call, storeId }: Operation,
  options: { number: number; size: number; filter: Record<string, unknown> },
): Promise<{ records: PaymentRecord[]; count: number; total: number }> {
  const { number, size, filter } = options
  const requestBody = JSON.stringify({ page: { number, size }, filter: { storeId, ...filter } })
  const answer = await call({ method: 'GET', path: `/payments?${new URLSearchParams({ requestBody })}` })
  if (answer.status !== 200) throw new UnexpectedAnswer(answer)
  const { items, page } = PageSchema.parse(answer.body)
  const records = items.flatMap((item) => (isOurs(item) ? [RecordSchema.parse(item)] : []))
  return { records, count: items.length, total: page.totalCount }
}

const OursSchema = z.object({ id: z.uuid() })

/** A store may have payments of other programs; Naru's IDs are UUIDs. */
function isOurs(item: unknown): boolean {
  return OursSchema.safeParse(item).success
}

/** Whether money came for a payment, whatever happened to it afterwards. */
export function wasPaid({ status, paidAt }: PaymentRecord): boolean {
  return (
    status === 'PAID' || status === 'PARTIAL_CANCELLED' || (status === 'CANCELLED' && paidAt !== undefined)
  )
}
