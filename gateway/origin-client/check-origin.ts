import type { Check, Trouble } from '../../shared/http/readiness.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../shared/redis/keys.ts'

/** Nobody is called meanwhile; pages, places and polls go on, for which a gateway needs no origin. */
const SILENT: Trouble = {
  ...{ code: 'origin-silent', detail: 'No origin has been heard of: nobody is called', stops: false },
}

/**
 * Looks whether any origin says that it lives. Where Redis cannot be asked, that is told of Redis and not of origins.
 *
 * @param originSilentMs - after saying nothing for so long, an origin does not live
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
