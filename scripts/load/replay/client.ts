import pLimit from 'p-limit'
import { Pool } from 'undici'
import { backOff, type Delay, delayAskedBy } from './delays.ts'
import { type Answer, type Call, exchange, isConnectionError } from './exchange.ts'
import { type FanError, failed } from './leaving.ts'
import type { Time } from './time.ts'

/** The fan, and the step of their journey. */
export type Asker = {
  readonly step: FanError['step']
  readonly signal: AbortSignal
  /** Returns a number in [0, 1). */
  readonly random: () => number
  readonly counts: { retries: number; waited: number }
  /** How long this step has waited for one of the pool's connections, which a fan with a browser would not have to. */
  queuedMs: number
}

export type Client = {
  /**
   * Sends a call until it has a definite response. Responses with Retry-After are waited for; connection errors,
   * timeouts, 502, 503 and 504 are retried for `retryMsMax`, and then end the fan's journey.
   */
  send(asker: Asker, call: Call): Promise<Answer>
  /** The number of requests sent, and the longest wait for a connection of the pool. */
  stats(): { requests: number; queuedMaxMs: number }
  close(): Promise<void>
}

export type ClientOptions = {
  gatewayUrl: string
  connectionsMax: number
  requestMsMax: number
  /** The maximum time of a call without a definite response, all attempts taken together. */
  retryMsMax: number
  time: Time
}

type Reply = Answer | { silence: string }

/** The client of the gateway that all fans share: a pool of keep-alive connections. */
export function createClient(options: ClientOptions): Client {
  const { time, retryMsMax, requestMsMax } = options
  const pool = new Pool(options.gatewayUrl, {
    connections: options.connectionsMax,
    pipelining: 1,
    connect: { timeout: requestMsMax },
    headersTimeout: requestMsMax,
    bodyTimeout: requestMsMax,
  })
  // As many as there are connections: requests queue here and not in the pool, so that the time in the queue can be
  // distinguished from the gateway's. A measured step still includes our own event loop's delay, which the report
  // states.
  const limit = pLimit(options.connectionsMax)
  const stats = { requests: 0, queuedMaxMs: 0 }

  async function send(asker: Asker, call: Call): Promise<Answer> {
    let retried = 0
    let silentSinceMs: number | undefined
    for (;;) {
      const triedMs = time.now()
      const reply = await attempt(asker, call)
      const delay = delayAfter(reply, retried, asker.random)
      if (delay === undefined) return reply as Answer
      if (delay.kind === 'full') {
        silentSinceMs = undefined
        asker.counts.waited += 1
      } else {
        silentSinceMs ??= triedMs
        if (time.now() + delay.ms - silentSinceMs > retryMsMax) throw unanswered(asker, reply)
        retried += 1
        asker.counts.retries += 1
      }
      await time.pause(delay.ms, asker.signal)
    }
  }

  async function attempt(asker: Asker, call: Call): Promise<Reply> {
    const askedMs = time.now()
    try {
      return await limit(() => {
        const queuedMs = time.now() - askedMs
        asker.queuedMs += queuedMs
        stats.queuedMaxMs = Math.max(stats.queuedMaxMs, queuedMs)
        asker.signal.throwIfAborted()
        stats.requests += 1
        return exchange(pool, call, asker.signal)
      })
    } catch (error) {
      asker.signal.throwIfAborted()
      if (isConnectionError(error)) return { silence: String(error) }
      throw error
    }
  }

  function unanswered(asker: Asker, reply: Reply): Error {
    const [why, status, code] =
      'silence' in reply ? [reply.silence] : [reply.detail ?? 'no reason given', reply.status, reply.code]
    return failed(asker.step, { status, code, detail: `away for ${retryMsMax / 1000} s: ${why}` })
  }

  return { send, stats: () => ({ ...stats }), close: () => pool.destroy() }
}

function delayAfter(reply: Reply, retried: number, random: () => number): Delay | undefined {
  return 'silence' in reply ? backOff(retried, random) : delayAskedBy(reply, retried, random)
}
