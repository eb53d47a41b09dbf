import { min } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../../../drizzle/database.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'
import type { ListedCharge, PaymentProvider } from '../../../origin/payments/provider.ts'
import { chooseProvider } from '../../../origin/payments/providers/choose-provider.ts'
import {
  PROVIDER_RULES,
  PROVIDER_VARIABLES,
  providerConfigOf,
} from '../../../origin/payments/providers/provider-config.ts'
import { type Env, readVariables, withRules } from '../../../shared/runtime/env.ts'
import type { AuditedEntry, FetchLedger } from './read-ledger.ts'
import { Unreachable } from './unreachable.ts'

export type ProviderLedger = {
  fetchLedger: FetchLedger | undefined
  /** What the audit cannot check with it, in words. */
  notChecked: readonly string[]
  close: () => Promise<void>
}

type Listing = Pick<PaymentProvider, 'listCharges' | 'listReversed' | 'findReversals'>

const PROVIDER_SCHEMA = withRules(z.object(PROVIDER_VARIABLES), PROVIDER_RULES)
const TIMEOUT_MS = 30_000
const RETRIES_MAX = 2
const CONNECTIONS_MAX = 8
const CHARGES_LISTED_MAX = 10_000_000
/** A charge is newer than its payment, except for the difference of the clocks. */
const CLOCKS_MS = 3_600_000

/** The ledger of a provider other than the sandbox, by the origin's own client and configuration. */
export async function openProviderLedger(env: Env, db: Database): Promise<ProviderLedger> {
  const config = providerConfigOf(readVariables(PROVIDER_SCHEMA, env))
  const { provider, close } = await chooseProvider(
    {
      ...{ provider: config, providerTimeoutMs: TIMEOUT_MS, retriesMax: RETRIES_MAX },
      ...{ chargeConcurrency: CONNECTIONS_MAX, chargesListedMax: CHARGES_LISTED_MAX },
    },
    Date.now,
  )
  if (provider.listCharges === undefined) {
    const notChecked = [`charges and refunds at ${config.name}, which does not list them`]
    return { fetchLedger: undefined, notChecked, close }
  }
  const since = new Date((await oldestPaymentMs(db)) - CLOCKS_MS)
  return {
    fetchLedger: createProviderLedger(provider, { name: config.name, since }),
    notChecked: [
      `charges at ${config.name} that Naru did not make, or that are older than its first payment in MySQL`,
    ],
    close,
  }
}

async function oldestPaymentMs(db: Database): Promise<number> {
  const [row] = await db.select({ at: min(payments.createdAt) }).from(payments)
  return row?.at?.getTime() ?? Date.now()
}

/** A provider's list of charges as a ledger, to be read from its start, page by page. */
export function createProviderLedger(provider: Listing, options: { name: string; since: Date }): FetchLedger {
  let listing = listEntries(provider, options.since)
  let read = 0
  return async (after, limit) => {
    if (after === 0) [listing, read] = [listEntries(provider, options.since), 0]
    if (after !== read) throw new Error(`The list of charges was read to ${read}, not to ${after}`)
    const entries: AuditedEntry[] = []
    while (entries.length < limit) {
      const next = await listing.next().catch((error: unknown) => {
        throw new Unreachable(`The payment provider ${options.name}`, error)
      })
      if (next.done === true) return { entries, next: null }
      entries.push(next.value)
    }
    read += entries.length
    return { entries, next: read }
  }
}

/** A list says how much of a charge was refunded, and not which disputes it has: these are looked up. */
async function* listEntries(provider: Listing, since: Date): AsyncGenerator<AuditedEntry> {
  const disputed = new Set<string>()
  for await (const { key, kind } of provider.listReversed?.({ since }) ?? []) {
    if (kind === 'dispute') disputed.add(key)
  }
  for await (const charge of provider.listCharges?.({ since }) ?? []) {
    const { key, chargeId: id, amountMinor, currency, status, refundedMinor } = charge
    if (status === 'open') continue
    yield { kind: 'charge', id, key, reference: key, amountMinor, currency, outcome: status }
    if (refundedMinor > 0) yield { kind: 'refund', chargeKey: key, amountMinor: refundedMinor }
    if (disputed.has(key)) yield* disputesOf(provider, charge)
  }
}

const DISPUTE_STATES = { open: 'open', done: 'lost', failed: 'won' } as const

async function* disputesOf(provider: Listing, { key, chargeId }: ListedCharge): AsyncGenerator<AuditedEntry> {
  const found = await provider.findReversals?.({ key, chargeId })
  if (found?.status !== 'found') throw new Error(`the disputes of ${chargeId} cannot be read`)
  for (const { kind, state, amountMinor } of found.reversals) {
    if (kind === 'dispute') yield { kind, chargeKey: key, amountMinor, status: DISPUTE_STATES[state] }
  }
}
