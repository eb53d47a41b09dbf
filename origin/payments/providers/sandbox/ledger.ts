import { z } from 'zod'
import type { ListedCharge, Reversal } from '../../provider.ts'
import { type Answer, type Call, chargePath, UnexpectedAnswer } from './call.ts'

const chargeShape = {
  id: z.string(),
  key: z.string(),
  amountMinor: z.int(),
  currency: z.string(),
  at: z.iso.datetime(),
}
const RefundSchema = z.object({
  ...{ kind: z.literal('refund'), id: z.string(), key: z.string(), chargeKey: z.string() },
  ...{ amountMinor: z.int(), at: z.iso.datetime() },
})
const DisputeSchema = z.object({
  ...{ kind: z.literal('dispute'), id: z.string(), chargeKey: z.string(), amountMinor: z.int() },
  ...{ status: z.enum(['open', 'won', 'lost']), at: z.iso.datetime() },
})
const EntrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('opened'), ...chargeShape }),
  z.object({ kind: z.literal('charge'), ...chargeShape, outcome: z.enum(['succeeded', 'declined']) }),
  RefundSchema,
  DisputeSchema,
])
type Entry = z.infer<typeof EntrySchema>

const LedgerSchema = z.object({ entries: z.array(EntrySchema), next: z.int().nullable() })

export const ReversalsSchema = z.object({
  reversals: z.array(z.discriminatedUnion('kind', [RefundSchema, DisputeSchema])),
})

const ENTRIES_PER_PAGE = 1000

/** The charges since a time. Throws, as `listReversed` does, when the ledger has more than `listedMax` entries. */
export async function* listCharges(
  call: Call,
  { since, listedMax }: { since: Date; listedMax: number },
): AsyncGenerator<ListedCharge> {
  const charges = new Map<string, ListedCharge>()
  for await (const entry of readLedger(call, listedMax)) addEntry(charges, entry)
  for (const charge of charges.values()) if (charge.createdAt >= since) yield charge
}

/** The charges of all refunds and disputes since a time. */
export async function* listReversed(
  call: Call,
  { since, listedMax }: { since: Date; listedMax: number },
): AsyncGenerator<{ key: string; kind: Reversal['kind'] }> {
  for await (const entry of readLedger(call, listedMax)) {
    if (!('chargeKey' in entry) || new Date(entry.at) < since) continue
    yield { key: entry.chargeKey, kind: entry.kind }
  }
}

/** The refunds and disputes of one charge. */
export async function findReversals(
  call: Call,
  key: string,
): Promise<{ status: 'found'; reversals: Reversal[] } | { status: 'unknown'; cause: unknown }> {
  const answer = await call('GET', `${chargePath(key)}/reversals`)
  if (answer.status !== 200) return { status: 'unknown', cause: new UnexpectedAnswer(answer) }
  const { reversals } = ReversalsSchema.parse(answer.body)
  return { status: 'found', reversals: reversals.map(toReversal) }
}

/** The whole ledger, oldest entry first: a refund may come long after its charge. */
async function* readLedger(call: Call, listedMax: number): AsyncGenerator<Entry> {
  let after: number | null = 0
  for (let read = 0; after !== null; read += ENTRIES_PER_PAGE) {
    if (read >= listedMax) throw new Error(`The sandbox has more than ${listedMax} entries to list`)
    const answer: Answer = await call('GET', `/ledger?after=${after}&limit=${ENTRIES_PER_PAGE}`)
    if (answer.status !== 200) throw new Error(`The ledger of the sandbox answers ${answer.status}`)
    const page: z.infer<typeof LedgerSchema> = LedgerSchema.parse(answer.body)
    yield* page.entries
    after = page.next
  }
}

function addEntry(charges: Map<string, ListedCharge>, entry: Entry): void {
  if (entry.kind === 'dispute') return
  if (entry.kind === 'refund') {
    const charge = charges.get(entry.chargeKey)
    if (charge !== undefined) charge.refundedMinor += entry.amountMinor
    return
  }
  const { key, id: chargeId, amountMinor, currency } = entry
  const before = charges.get(key)
  const status: ListedCharge['status'] = entry.kind === 'opened' ? 'open' : entry.outcome
  if (before === undefined) {
    const charge = { key, chargeId, amountMinor, currency, status, refundedMinor: 0 }
    charges.set(key, { ...charge, createdAt: new Date(entry.at) })
    return
  }
  // Money of a deposit may arrive several times, also after the charge was cancelled.
  before.amountMinor = before.status === 'succeeded' ? before.amountMinor + amountMinor : amountMinor
  before.status = status
}

const DISPUTE_STATES = { open: 'open', lost: 'done', won: 'failed' } as const
/** The sandbox gives such keys to refunds in its dashboard. */
const OUTSIDE = /^outside-/

function toReversal(entry: z.infer<typeof ReversalsSchema>['reversals'][number]): Reversal {
  const { id, kind, amountMinor } = entry
  const made = { id, kind, amountMinor, madeAt: new Date(entry.at) }
  if (entry.kind === 'dispute') return { ...made, state: DISPUTE_STATES[entry.status] }
  return { ...made, state: 'done', ...(OUTSIDE.test(entry.key) ? {} : { key: entry.key }) }
}
