import type { Check, Trouble } from '../../shared/http/readiness.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../shared/redis/keys.ts'

/** No fan is called meanwhile; pages, places and polls continue, for which a gateway needs no origin. */
const SILENT: Trouble = {
  ...{ code: 'origin-silent', detail: 'No origin sends heartbeats: no fan is called', stops: false },
}

/**
 * Checks whether any origin sends heartbeats. If Redis cannot be read, the problem reported is Redis, not the origins.
 *
 * @param originSilentMs - an origin without a heartbeat for this long counts as dead
 */
export function checkOrigin(redis: Redis, originSilentMs: number): Check {
  return {
    async run() {
      const [living] = await redis.originHealth(ORIGINS_KEY, originSilentMs).catch(() => [undefined])
      return living === 0 ? [SILENT] : []
    },
    silent: SILENT,
  }
}
