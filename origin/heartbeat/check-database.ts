import type { DatabaseProbe } from '../../drizzle/database-probe.ts'
import type { Check, Trouble } from '../../shared/http/readiness.ts'

const UNREACHABLE: Trouble = { code: 'mysql-unreachable', detail: 'MySQL does not answer', stops: true }
const READ_ONLY: Trouble = {
  ...{ code: 'mysql-read-only', detail: 'MySQL is a replica and takes no writes', stops: true },
}

/** Checks whether MySQL responds and accepts writes. */
export function checkDatabase(probe: Pick<DatabaseProbe, 'ask'>): Check {
  return {
    async run() {
      const state = await probe.ask().catch(() => 'unreachable' as const)
      if (state === 'unreachable') return [UNREACHABLE]
      return state === 'read-only' ? [READ_ONLY] : []
    },
    silent: UNREACHABLE,
  }
}
