import type { Redis } from '../../shared/redis/client.ts'
import { PAYMENT_CHANGES_CHANNEL } from '../../shared/redis/keys.ts'
import { pause } from '../../shared/runtime/loop.ts'

/** A watcher of one payment. No change after watching began is missed. */
type PaymentWatch = {
  /** Resolves at the next change, immediately if there was one since the last call; or after `ms`, or on abort. */
  next(ms: number, signal: AbortSignal): Promise<void>
  /** Whether no more changes will be received, because this process stops. */
  closed(): boolean
  close(): void
}

/** Changes of payments published by any process, received over one connection. */
export type PaymentChanges = {
  /** Undefined when there are too many watchers already. */
  watch(payment: string): PaymentWatch | undefined
  /** Whether changes are being received now. */
  isConnected(): boolean
  /** Calls back with each payment that has changed; with undefined when changes may have been missed. */
  onChange(listener: (payment: string | undefined) => void): void
  /** Releases all watchers. */
  close(): void
}

/** Well below the number of connections from gateways to an origin: each waiting fan occupies one. */
const PAYMENT_WAITERS_MAX = 100

type Waiter = { changed: boolean; wake: () => void }

/**
 * Subscribes to changes of payments, and again whenever Redis comes back; messages published meanwhile are lost, so all
 * watchers are woken to read the state themselves.
 *
 * @param subscriber - a dedicated connection that keeps reconnecting
 */
export function createPaymentChanges(options: { subscriber: Redis; watchersMax?: number }): PaymentChanges {
  const { subscriber, watchersMax = PAYMENT_WAITERS_MAX } = options
  const waiting = new Map<string, Set<Waiter>>()
  const listeners: ((payment: string | undefined) => void)[] = []
  let watchers = 0
  let hearing = false
  let closed = false

  subscriber.on('message', (_channel, payment) => changed(payment))
  subscriber.on('ready', () => {
    // The client renews its subscriptions by itself; this reports when they are active.
    subscriber.subscribe(PAYMENT_CHANGES_CHANNEL).then(
      () => {
        hearing = true
        changed(undefined)
      },
      () => {
        // The connection was lost again, and will become ready again.
      },
    )
  })
  // Watchers keep waiting: while Redis is unavailable there is nothing to read.
  subscriber.on('close', () => {
    hearing = false
    for (const listener of listeners) listener(undefined)
  })

  function changed(payment: string | undefined): void {
    for (const listener of listeners) listener(payment)
    const waiters =
      payment === undefined ? [...waiting.values()].flatMap((set) => [...set]) : (waiting.get(payment) ?? [])
    for (const waiter of waiters) {
      waiter.changed = true
      waiter.wake()
    }
  }

  return {
    watch(payment) {
      if (closed || watchers >= watchersMax) return undefined
      watchers += 1
      const waiter: Waiter = { changed: false, wake: () => {} }
      const set = waiting.get(payment) ?? new Set()
      waiting.set(payment, set.add(waiter))
      return {
        async next(ms, signal) {
          const woken = new AbortController()
          waiter.wake = () => woken.abort()
          if (!waiter.changed) await pause(ms, AbortSignal.any([signal, woken.signal]))
          waiter.changed = false
        },
        closed: () => closed,
        close() {
          if (!set.delete(waiter)) return
          watchers -= 1
          if (set.size === 0 && waiting.get(payment) === set) waiting.delete(payment)
        },
      }
    },
    isConnected: () => hearing,
    onChange: (listener) => void listeners.push(listener),
    close() {
      closed = true
      subscriber.disconnect()
      changed(undefined)
    },
  }
}
