import { Pool } from 'undici'
import { z } from 'zod'
import type { ChargeOutcome, ListedCharge, PaymentProvider, Reversal } from '../provider.ts'

const ChargeSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('succeeded'), id: z.string() }),
  z.object({ outcome: z.literal('declined'), reason: z.string().default('declined') }),
])

const MadeChargeSchema = z.object({ outcome: z.string(), amountMinor: z.int() })

const EntrySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('charge'),
    id: z.string(),
    key: z.string(),
    amountMinor: z.int(),
    currency: z.string(),
    outcome: z.enum(['succeeded', 'declined']),
    at: z.iso.datetime(),
  }),
  z.object({
    ...{ kind: z.literal('refund'), id: z.string(), chargeKey: z.string(), amountMinor: z.int() },
    at: z.iso.datetime(),
  }),
  z.object({
    ...{ kind: z.literal('dispute'), id: z.string(), chargeKey: z.string(), amountMinor: z.int() },
    ...{ status: z.enum(['open', 'won', 'lost']), at: z.iso.datetime() },
  }),
])
const LedgerSchema = z.object({ entries: z.array(EntrySchema), next: z.int().nullable() })

const ReversalsSchema = z.object({ reversals: z.array(EntrySchema) })

const ENTRIES_PER_PAGE = 1000
const LISTED_MAX = 1_000_000

type Answer = { status: number; body: unknown }

/**
 * The sandbox provider over its HTTP API (`scripts/develop/sandbox-provider`).
 *
 * @param options.timeoutMs - after this long without a response the outcome is unknown
 * @param options.listedMax - the longest ledger that `listCharges` reads
 */
export function createSandboxProvider(options: {
  url: string
  timeoutMs: number
  connectionsMax: number
  listedMax?: number
}): {
  provider: PaymentProvider
  close: () => Promise<void>
} {
  const { timeoutMs, listedMax = LISTED_MAX } = options
  const pool = new Pool(options.url, { connections: options.connectionsMax })

  async function call(
    method: 'GET' | 'POST',
    path: string,
    send?: { key: string; body: object },
  ): Promise<Answer> {
    const response = await pool.request({
      method,
      path,
      signal: AbortSignal.timeout(timeoutMs),
      ...(send === undefined
        ? {}
        : {
            body: JSON.stringify(send.body),
            headers: { 'content-type': 'application/json', 'idempotency-key': send.key },
          }),
    })
    return { status: response.statusCode, body: await response.body.json() }
  }

  const provider: PaymentProvider = {
    async charge({ key, ...body }) {
      try {
        return readCharge(await call('POST', '/charges', { key, body }))
      } catch (cause) {
        return { status: 'unknown', cause }
      }
    },
    async findCharge(key) {
      try {
        const answer = await call('GET', `/charges/${encodeURIComponent(key)}`)
        return answer.status === 404 ? { status: 'none' } : readCharge(answer)
      } catch (cause) {
        return { status: 'unknown', cause }
      }
    },
    // An attempt is in the ledger with its outcome or not at all, so there is nothing to cancel.
    async abandon({ key }) {
      const found = await provider.findCharge(key)
      return found.status === 'none' || found.status === 'declined' ? { status: 'abandoned' } : found
    },
    async refund({ key, chargeId: _, ...body }) {
      try {
        const answer = await call('POST', '/refunds', { key, body })
        if (answer.status === 200 || answer.status === 201) return { status: 'refunded' }
        // More than what remains: part of it was refunded meanwhile, by Naru or in another way.
        const leftMinor = answer.status === 422 ? await readLeftMinor(body.chargeKey) : undefined
        if (leftMinor === 0) return { status: 'refunded' }
        if (leftMinor === undefined || leftMinor >= body.amountMinor) {
          return { status: 'unknown', cause: answer }
        }
        const rest = await call('POST', '/refunds', { key, body: { ...body, amountMinor: leftMinor } })
        const isRefunded = rest.status === 200 || rest.status === 201
        return isRefunded ? { status: 'refunded' } : { status: 'unknown', cause: rest }
      } catch (cause) {
        return { status: 'unknown', cause }
      }
    },
    async *listCharges({ since }) {
      const charges = new Map<string, ListedCharge>()
      for await (const entry of ledger()) addEntry(charges, entry)
      for (const charge of charges.values()) if (charge.createdAt >= since) yield charge
    },
    async findReversals({ key }) {
      try {
        const answer = await call('GET', `/charges/${encodeURIComponent(key)}/reversals`)
        if (answer.status !== 200) return { status: 'unknown', cause: answer }
        const { reversals } = ReversalsSchema.parse(answer.body)
        return { status: 'found', reversals: reversals.flatMap(toReversal) }
      } catch (cause) {
        return { status: 'unknown', cause }
      }
    },
    async *listReversed({ since }) {
      for await (const entry of ledger()) {
        if (entry.kind === 'charge' || new Date(entry.at) < since) continue
        yield { key: entry.chargeKey, kind: entry.kind }
      }
    },
  }

  /** The remainder of a charge that can be refunded; undefined when it did not succeed or is unknown. */
  async function readLeftMinor(chargeKey: string): Promise<number | undefined> {
    const path = `/charges/${encodeURIComponent(chargeKey)}`
    const [charge, reversed] = [await call('GET', path), await call('GET', `${path}/reversals`)]
    const read = MadeChargeSchema.safeParse(charge.body)
    if (!read.success || read.data.outcome !== 'succeeded' || reversed.status !== 200) return undefined
    return ReversalsSchema.parse(reversed.body).reversals.reduce(
      (left, entry) => (entry.kind === 'refund' ? left - entry.amountMinor : left),
      read.data.amountMinor,
    )
  }

  /** The whole ledger, oldest entry first: a refund may come long after its charge. */
  async function* ledger(): AsyncGenerator<z.infer<typeof EntrySchema>> {
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

  return { provider, close: () => pool.close() }
}

const DISPUTE_STATES = { open: 'open', lost: 'done', won: 'failed' } as const

function toReversal(entry: z.infer<typeof EntrySchema>): Reversal[] {
  if (entry.kind === 'charge') return []
  const { id, kind, amountMinor } = entry
  const made = { id, kind, amountMinor, madeAt: new Date(entry.at) }
  return kind === 'refund' ? [{ ...made, state: 'done' }] : [{ ...made, state: DISPUTE_STATES[entry.status] }]
}

function addEntry(charges: Map<string, ListedCharge>, entry: z.infer<typeof EntrySchema>): void {
  if (entry.kind === 'dispute') return
  if (entry.kind === 'refund') {
    const charge = charges.get(entry.chargeKey)
    if (charge !== undefined) charge.refundedMinor += entry.amountMinor
    return
  }
  const { key, id, amountMinor, currency, outcome } = entry
  const charge = { key, chargeId: id, amountMinor, currency, status: outcome, refundedMinor: 0 }
  charges.set(key, { ...charge, createdAt: new Date(entry.at) })
}

function readCharge(answer: Answer): ChargeOutcome {
  if (answer.status !== 200 && answer.status !== 201) {
    // A request that the provider rejects is never charged, and never will be under this key.
    if (answer.status === 400 || answer.status === 422)
      return { status: 'declined', reason: 'refused by the provider' }
    return { status: 'unknown', cause: answer }
  }
  const charge = ChargeSchema.parse(answer.body)
  return charge.outcome === 'succeeded'
    ? { status: 'succeeded', chargeId: charge.id }
    : { status: 'declined', reason: charge.reason }
}
