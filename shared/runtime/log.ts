import { type Logger, pino, stdSerializers } from 'pino'

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
    serializers: { err: describeError },
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
  'secretKey',
  'webhookSecret',
]
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`])

/**
 * An error as it is logged. A failed query's own message and stack contain its parameters, which include addresses and
 * password hashes: only the statement and the database's error are logged.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (!('params' in error && 'query' in error)) return stdSerializers.err(error)
  return {
    type: error.name,
    query: error.query,
    cause: error.cause instanceof Error ? error.cause.message : undefined,
  }
}
