/** Why and how long a client waits before it retries a request. */
export type Delay =
  /** The service works, is full, and sent Retry-After (RFC 9110, section 10.2.3). */
  | { kind: 'full'; ms: number }
  /** No response, or one from a partly unavailable service: whether the request was processed is not known. */
  | { kind: 'unavailable'; ms: number }

const BACKOFF_MS_MIN = 250
const BACKOFF_MS_MAX = 4000
const DOUBLINGS_MAX = 10
const FULL_JITTER_SHARE = 0.5
const UNAVAILABLE_STATUSES = [429, 502, 503, 504]

/**
 * The delay that a response requires; undefined when it is definite.
 *
 * @param retried - the number of consecutive failed attempts
 * @param random - returns a number in [0, 1); retries are never earlier than required, and spread out
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

/** Doubles each time; the upper half is random. */
export function backOff(retried: number, random: () => number, msMin = 0): Delay {
  const ms = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(retried, DOUBLINGS_MAX))
  return { kind: 'unavailable', ms: Math.max(msMin, ms / 2) + (ms / 2) * random() }
}
