import { DrizzleQueryError } from 'drizzle-orm'
import { isDatabaseUnavailable } from '../../drizzle/errors.ts'
import { isRedisUnavailable } from '../../shared/redis/unavailable.ts'
import { cutText } from '../../shared/text.ts'

const REASON_CHARACTERS_MAX = 500
const CAUSES_MAX = 5

/**
 * Whether a payment failed for a reason of its own, so that it would fail again while everything else works: MySQL
 * rejected its values, or our own code threw. A store that is unavailable, busy, full or read-only fails every payment
 * alike, and is no reason to move one to the dead letters.
 */
export function isOwnFailure(error: unknown): boolean {
  if (isDatabaseUnavailable(error) || isRedisUnavailable(error)) return false
  const causes = causesOf(error)
  const refused = causes.find(({ sqlState }) => typeof sqlState === 'string')
  if (refused !== undefined) return isRowRefused(refused)
  if (error instanceof DrizzleQueryError || causes.some(({ fatal }) => fatal === true)) return false
  return causes.every(({ name, code }) => typeof code !== 'string' && !PASSING.includes(String(name)))
}

/**
 * Whether the cause of an unknown outcome concerns this payment alone: an invalid response, or one that rejects the
 * request. No response, one of a failing provider, or one that blames our account concerns all payments.
 */
export function isNonsense(cause: unknown): boolean {
  return causesOf(cause).some(({ name, status }) => {
    if (typeof status !== 'number') return name === 'ZodError' || name === 'SyntaxError'
    return status < 500 && !(status >= 200 && status < 300) && !NOT_OF_THE_REQUEST.includes(status)
  })
}

/** Why a payment failed, in one line for the organiser; without the statement and values that Drizzle puts first. */
export function describeFailure(error: unknown): string {
  const { message, status } = causesOf(error).at(-1) ?? {}
  const text = message ?? (status === undefined ? 'no reason given' : `the provider answered ${status}`)
  return cutText(String(text).replaceAll(/\s+/g, ' '), REASON_CHARACTERS_MAX)
}

/** From ioredis, which sets no code; and from anything that a timeout or our own shutdown aborted. */
const PASSING = ['ReplyError', 'TimeoutError', 'AbortError']
/** Unauthorized, payment required (of us), forbidden, timed out, conflict with another attempt, too early, too many. */
const NOT_OF_THE_REQUEST = [401, 402, 403, 408, 409, 425, 429]

type Cause = Partial<Record<'name' | 'message' | 'code' | 'sqlState' | 'fatal' | 'status', unknown>>

/**
 * SQL states of class 22 (data exception) and 23 (integrity constraint), and MySQL's own codes for invalid row values.
 */
function isRowRefused({ sqlState, code }: Cause): boolean {
  return /^2[23]/.test(String(sqlState)) || ROW_ERRORS.includes(String(code))
}

const ROW_ERRORS = ['ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', 'ER_CHECK_CONSTRAINT_VIOLATED']

/** The error and its chain of causes; what a provider gives as the cause of an unknown outcome may be a response. */
function causesOf(error: unknown): Cause[] {
  const causes: Cause[] = []
  let each = error
  while (typeof each === 'object' && each !== null && causes.length < CAUSES_MAX) {
    const { name, message, code, sqlState, fatal, status, statusCode, cause } = each as Record<
      string,
      unknown
    >
    causes.push({ name, message, code, sqlState, fatal, status: status ?? statusCode })
    each = cause
  }
  return causes
}
