import { eq, lt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { payments, providerEvents } from '../../drizzle/schema/purchases.ts'
import type { Clock } from '../../shared/runtime/clock.ts'

/** An event from the provider. It is only a hint: the payment, if it names one, should be looked up. */
export type ProviderEvent = {
  id: string
  payment?: string
  /** The provider's ID of the charge, where the event does not name the payment. */
  chargeId?: string
}

/** An event whose signature is valid, or undefined. */
export type ReadProviderEvent = (
  payload: Uint8Array,
  header: (name: string) => string | undefined,
) => ProviderEvent | undefined | Promise<ProviderEvent | undefined>

/** `postponed`: the state of the payment is unknown, and the event is to be sent again. */
export type ReceivedEvent = 'dealt-with' | 'repeated' | 'ignored' | 'postponed'

/** Stripe may resend an event for three days, and by its dashboard for ten times as long. */
const EVENT_REMEMBER_SECONDS = 2_592_000
const EVENTS_PRUNED_MAX = 5000

export type ProviderEvents = {
  /**
   * Resolves the payment of an event, once for each event ID. An event is stored only when that is done, so that the
   * provider sends it again if we stop half-way. Rejects when a store is unavailable.
   */
  receive(event: ProviderEvent): Promise<ReceivedEvent>
  /** Deletes events older than `rememberSeconds`, at most `pruneMax` at a time; returns how many. */
  prune(): Promise<number>
}

/**
 * Handles a provider's events, in any order and any number of times. Two origins that receive the same event at the
 * same moment may both resolve its payment, which changes nothing: resolving again is always safe.
 */
export function createProviderEvents(deps: {
  db: Database
  now: Clock
  /** Fetches the state of the payment from the provider, and acts on it unless it is `unknown`. */
  onPayment: (payment: string) => Promise<{ status: string }>
  rememberSeconds?: number
  pruneMax?: number
}): ProviderEvents {
  const { db, now, rememberSeconds = EVENT_REMEMBER_SECONDS, pruneMax = EVENTS_PRUNED_MAX } = deps
  /** Bounded by the number of concurrent requests. */
  const underWay = new Map<string, Promise<ReceivedEvent>>()

  return {
    async receive({ id, ...about }) {
      if (about.payment === undefined && about.chargeId === undefined) return 'ignored'
      const already = underWay.get(id)
      if (already !== undefined) {
        const received = await already
        return received === 'dealt-with' ? 'repeated' : received
      }
      const receiving = dealWith(id, about)
      underWay.set(id, receiving)
      try {
        return await receiving
      } finally {
        underWay.delete(id)
      }
    },
    async prune() {
      const before = new Date(now() - rememberSeconds * 1000)
      const [pruned] = await db
        .delete(providerEvents)
        .where(lt(providerEvents.receivedAt, before))
        .limit(pruneMax)
      return pruned.affectedRows
    },
  }

  async function dealWith(
    id: string,
    { payment, chargeId = '' }: Omit<ProviderEvent, 'id'>,
  ): Promise<ReceivedEvent> {
    const known = await db.select().from(providerEvents).where(eq(providerEvents.id, id))
    if (known.length > 0) return 'repeated'
    const isOurs = payment === undefined ? eq(payments.chargeId, chargeId) : eq(payments.id, payment)
    const [ours] = await db.select({ id: payments.id }).from(payments).where(isOurs).limit(1)
    if (ours === undefined) return 'ignored'
    const { status } = await deps.onPayment(ours.id)
    if (status === 'unknown') return 'postponed'
    const [written] = await db
      .insert(providerEvents)
      .ignore()
      .values({ id, receivedAt: new Date(now()) })
    return written.affectedRows === 1 ? 'dealt-with' : 'repeated'
  }
}
