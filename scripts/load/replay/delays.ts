/** Why and how long a client waits before it sends the same request again. */
export type Delay =
  /** The service works, is full, and said when to come back (RFC 9110, section 10.2.3). */
  | { kind: 'full'; ms: number }
  /** No answer, or one from a service that is partly away: whether the request was carried out is not known. */
  | { kind: 'away'; ms: number }

const BACKOFF_MS_MIN = 250
const BACKOFF_MS_MAX = 4000
const DOUBLINGS_MAX = 10
const FULL_JITTER_SHARE = 0.5
const UNAVAILABLE_STATUSES = [429, 502, 503, 504]

/**
 * The delay that an answer asks for; undefined when it is an answer to go by.
 *
 * @param retried - how often in a row nobody was there
 * @param random - gives a number in [0, 1); nobody comes back earlier than asked, and not all together
 */
export function delayAskedBy(
  answer: { status: number; code: string | undefined; retryAfterMs: number | undefined },
  retried: number,
  random: () => number,
): Delay | undefined {
  const { status, code, retryAfterMs } = answer
  if (!UNAVAILABLE_STATUSES.includes(status)) return undefined
  if (retryAfterMs !== undefined && code !== 'unavailable' && (status === 429 || status === 503)) {
    return { kind: 'full', ms: retryAfterMs * (1 + FULL_JITTER_SHARE * random()) }
  }
  return backOff(retried, random, retryAfterMs)
}

/** Twice as long each time, the upper half of it at random. */
export function backOff(retried: number, random: () => number, msMin = 0): Delay {
  const ms = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(retried, DOUBLINGS_MAX))
  return { kind: 'away', ms: Math.max(msMin, ms / 2) + (ms / 2) * random() }
}
