import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/**
 * A logger that writes one JSON line per event to stdout. Tokens, passwords and cookies are cut out
 * wherever a caller should log an object that holds them.
 *
 * @param service - the name every line carries
 * @param level - a pino level, or `silent`
 */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
  })
}

const SECRET_NAMES = ['password', 'token', 'authorization', 'cookie', 'place', 'pass', 'session']
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`])
