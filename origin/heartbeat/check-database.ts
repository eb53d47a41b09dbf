import type { DatabaseProbe } from '../../drizzle/database-probe.ts'
import type { Check, Trouble } from '../../shared/http/readiness.ts'

const UNREACHABLE: Trouble = { code: 'mysql-unreachable', detail: 'MySQL does not answer', stops: true }
const READ_ONLY: Trouble = {
  ...{ code: 'mysql-read-only', detail: 'MySQL is a replica and takes no writes', stops: true },
}

/** The errors of a connection that is not as encrypted as one of both sides wants it. */
const TLS_CODES = new Set(['HANDSHAKE_SSL_ERROR', 'HANDSHAKE_NO_SSL_SUPPORT', 'ER_SECURE_TRANSPORT_REQUIRED'])

/** Checks whether MySQL responds and accepts writes. */
export function checkDatabase(probe: Pick<DatabaseProbe, 'ask'>): Check {
  return {
    async run() {
      const state = await probe.ask().catch(troubleOf)
      if (typeof state !== 'string') return [state]
      return state === 'read-only' ? [READ_ONLY] : []
    },
    silent: UNREACHABLE,
  }
}

function troubleOf(error: unknown): Trouble {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (!(error instanceof Error) || typeof code !== 'string' || !TLS_CODES.has(code)) return UNREACHABLE
  return { code: 'mysql-tls', detail: `MySQL cannot be reached by TLS: ${error.message}`, stops: true }
}
