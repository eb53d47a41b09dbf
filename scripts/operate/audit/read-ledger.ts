import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { type LedgerEntry, ledgerEntrySchema } from '../../develop/sandbox-provider/records.ts'
import type { ChargeFacts } from './facts.ts'
import { Unreachable } from './unreachable.ts'

const LedgerPageSchema = z.object({ entries: z.array(ledgerEntrySchema), next: z.int().nullable() })

type Entry<Kind extends LedgerEntry['kind'], Names extends string> = Pick<
  Extract<LedgerEntry, { kind: Kind }>,
  Extract<Names, keyof Extract<LedgerEntry, { kind: Kind }>>
>
/** What the audit reads of an entry of a ledger. Refunds and disputes come after their charge. */
export type AuditedEntry =
  | Entry<'opened', 'kind' | 'key'>
  | Entry<'charge', 'kind' | 'id' | 'key' | 'reference' | 'amountMinor' | 'currency' | 'outcome'>
  | Entry<'refund', 'kind' | 'chargeKey' | 'amountMinor'>
  | Entry<'dispute', 'kind' | 'chargeKey' | 'amountMinor' | 'status'>
type LedgerPage<E> = { entries: readonly E[]; next: number | null }

/** Entries of the provider's ledger after a given one; `next` is where to continue. */
export type FetchLedger<E = AuditedEntry> = (after: number, limit: number) => Promise<LedgerPage<E>>

const ENTRIES_PER_PAGE = 1000
const TIMEOUT_MS = 10_000
/** A busy provider is retried for about ten seconds. */
const BUSY_ATTEMPTS_MAX = 40
const BUSY_PAUSE_MS = 250

/** The ledger of a sandbox provider (`scripts/develop/sandbox-provider/contract.ts`) over HTTP. */
export function createLedgerClient(providerUrl: string): FetchLedger<LedgerEntry> {
  return async (after, limit) => {
    const url = `${providerUrl}/ledger?after=${after}&limit=${limit}`
    for (let attempt = 1; ; attempt += 1) {
      const response = await ask(url, providerUrl)
      if (response.ok) return LedgerPageSchema.parse(await response.json())
      if (response.status !== 503 || attempt >= BUSY_ATTEMPTS_MAX) {
        throw new Unreachable(`The ledger of ${providerUrl}`, `it answers ${response.status}`)
      }
      await wait(BUSY_PAUSE_MS)
    }
  }
}

async function ask(url: string, providerUrl: string): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (cause) {
    throw new Unreachable(`The payment provider at ${providerUrl}`, cause)
  }
}

/** The whole ledger up to its end when that is reached, page by page. */
export async function* ledgerPages<E>(fetchLedger: FetchLedger<E>): AsyncGenerator<readonly E[]> {
  let after: number | null = 0
  while (after !== null) {
    const page: LedgerPage<E> = await fetchLedger(after, ENTRIES_PER_PAGE)
    yield page.entries
    if (page.next !== null && page.next <= after) throw new Error(`The ledger leads back from ${after}`)
    after = page.next
  }
}

/**
 * The successful charges of these payments, and the refunds of each. A charge is matched to a payment by its key, or
 * else by its reference: Naru sets both to the payment's ID.
 */
export async function readCharges(
  fetchLedger: FetchLedger,
  payments: { size: number; has: (payment: string) => boolean },
): Promise<Map<string, ChargeFacts[]>> {
  const charges = new Map<string, ChargeFacts[]>()
  const byKey = new Map<string, ChargeFacts[]>()
  if (payments.size === 0) return charges
  for await (const entries of ledgerPages(fetchLedger)) for (const entry of entries) add(entry)
  return charges

  function add(entry: AuditedEntry): void {
    if (entry.kind === 'opened') return
    if (entry.kind === 'refund' || entry.kind === 'dispute') {
      // A lost dispute returns the money to the fan as a refund does.
      if (entry.kind === 'refund' || entry.status === 'lost') {
        refund(byKey.get(entry.chargeKey), entry.amountMinor)
      }
      return
    }
    const payment = [entry.key, entry.reference].find((id) => payments.has(id))
    if (payment === undefined || entry.outcome !== 'succeeded') return
    const { id, amountMinor, currency } = entry
    const charge = { id, amountMinor, currency, refundedMinor: 0 }
    byKey.set(entry.key, [...(byKey.get(entry.key) ?? []), charge])
    charges.set(payment, [...(charges.get(payment) ?? []), charge])
  }
}

/** Takes a refund from the latest charge of a key first: money that arrived twice under it goes back from there. */
function refund(charges: readonly ChargeFacts[] = [], amountMinor: number): void {
  let restMinor = amountMinor
  for (const [i, charge] of charges.toReversed().entries()) {
    const isFirst = i === charges.length - 1
    const partMinor = isFirst ? restMinor : Math.min(restMinor, charge.amountMinor - charge.refundedMinor)
    charge.refundedMinor += partMinor
    restMinor -= partMinor
  }
}
