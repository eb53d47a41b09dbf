/** True for a row that would break a unique index (MySQL error 1062). */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === 'ER_DUP_ENTRY'
}

/** True when the database chose this transaction to give way; running it again is right (errors 1213, 1205). */
export function isDeadlock(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT'
}

/** True when the database could not be reached, or every connection to it was taken. */
export function isDatabaseAway(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && AWAY.includes(code)
}

const AWAY = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'ER_CON_COUNT_ERROR',
]

/** Drizzle wraps the driver's error, which carries the code. */
function codeOf(error: unknown): string | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 4; e = e.cause, depth += 1) {
    if ('code' in e && typeof e.code === 'string') return e.code
  }
  return undefined
}
