import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/**
 * A logger that writes one JSON line per event to stdout. Tokens, passwords and cookies are redacted in logged objects.
 *
 * @param service - the name in every line
 * @param level - a pino level, or `silent`
 */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error: unknown) => describeError(error) },
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
  })
}

const SECRET_NAMES = [
  'password',
  'token',
  'authorization',
  'cookie',
  'place',
  'pass',
  'session',
  'secret',
  'secretKey',
  'apiSecret',
  'webhookSecret',
  'clientSecret',
]
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`])

/** Causes and errors within errors that are logged; what is deeper is left out. */
const DEPTH_MAX = 5

/**
 * An error as it is logged, without what a store was sent. A failed query's own message and stack contain its parameters,
 * which include addresses and password hashes: only the statement and the database's error are logged. Errors of Redis
 * have the arguments of their command, which for the first one on a connection include the password.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (depth > DEPTH_MAX) return undefined
  const describe = (inner: unknown) => describeError(inner, depth + 1)
  if (Array.isArray(error)) return error.map(describe)
  if (!(error instanceof Error)) return error
  if (isOfQuery(error)) {
    return { type: error.name, message: wordsOf(error), query: error.query, cause: causeOf(error)?.message }
  }
  const { command, ...others } = { ...error } as Record<string, unknown>
  return {
    type: error.name,
    message: wordsOf(error),
    stack: error.stack,
    ...Object.fromEntries(Object.entries(others).map(([name, value]) => [name, describe(value)])),
    ...(command === undefined ? {} : { command: nameOf(command) }),
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
    ...(error instanceof AggregateError ? { errors: error.errors.map(describe) } : {}),
  }
}

const isOfQuery = (error: Error): error is Error & { query: unknown } => 'params' in error && 'query' in error

const causeOf = ({ cause }: Error): Error | undefined => (cause instanceof Error ? cause : undefined)

/** The messages of an error and of its causes. */
function wordsOf(error: Error, depth = 0): string {
  const words = isOfQuery(error) ? 'A query failed' : error.message
  const cause = causeOf(error)
  return cause === undefined || depth > DEPTH_MAX ? words : `${words}: ${wordsOf(cause, depth + 1)}`
}

function nameOf(command: unknown): unknown {
  return typeof command === 'object' && command !== null && 'name' in command ? command.name : undefined
}
