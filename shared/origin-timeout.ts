/** How long a gateway waits for an origin's response. */
export const ORIGIN_TIMEOUT_MS = 15_000

/** The longest `Prefer: wait` that an origin grants, so that the response still reaches the gateway in time. */
export const PREFER_WAIT_SECONDS_MAX = Math.floor((ORIGIN_TIMEOUT_MS * 2) / 3 / 1000)
