import QuickLRU from 'quick-lru'
import { readArchivedFestivalRoute } from '../../shared/api/catalogue.ts'
import { Problem } from '../../shared/api/problem.ts'
import { RoomIdSchema } from '../../shared/api/room-id.ts'
import { addressOf } from '../../shared/api/route-path.ts'
import { type ArchivedFestival, ArchivedFestivalSchema } from '../../shared/catalogue.ts'
import { createBoundedQueue } from '../../shared/runtime/bounded-queue.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { OriginClient } from '../origin-client/origin-client.ts'

/** Festivals that ended long ago, requested from the origin one by one and cached for a while. */
export type ArchivedFestivals = {
  /** The cached result; undefined where nothing was found or requested. */
  of(id: string): ArchivedFestival | undefined
  /** All cached festivals. */
  cached(): readonly ArchivedFestival[]
  /**
   * Requests the festival from the origin unless it is cached. Throws `unavailable` when the origin is unavailable and
   * no earlier result is known.
   */
  find(id: string): Promise<void>
}

const CACHED_MAX = 500
/** Extending a sale brings a room back, which the catalogue shows; otherwise archived data hardly changes. */
const CACHED_MS = 60_000
/** Unknown IDs are unlimited in number, so they are looked up a few at a time and cached briefly. */
const MISSING_MS = 10_000
const CONCURRENCY_MAX = 4
const QUEUE_MAX = 100

type Cached = { until: number; found: ArchivedFestival | undefined }

export function createArchivedFestivals(deps: { origin: OriginClient; now: Clock }): ArchivedFestivals {
  const { origin, now } = deps
  const cached = new QuickLRU<string, Cached>({ maxSize: CACHED_MAX })
  const asking = new Map<string, Promise<void>>()
  const queue = createBoundedQueue({ concurrencyMax: CONCURRENCY_MAX, queueMax: QUEUE_MAX })

  async function ask(id: string): Promise<void> {
    const ran = await queue(() => request(origin, id))
    if (ran.status === 'busy') {
      throw new Problem('unavailable', 'Too many festivals are being looked up', {
        retryAfterSeconds: ran.retryAfterSeconds,
      })
    }
    cached.set(id, { until: now() + (ran.value === undefined ? MISSING_MS : CACHED_MS), found: ran.value })
  }

  return {
    of: (id) => cached.peek(id)?.found,
    cached: () => [...cached.values()].flatMap(({ found }) => found ?? []),
    async find(id) {
      const known = cached.get(id)
      if ((known !== undefined && known.until > now()) || !RoomIdSchema.safeParse(id).success) return
      const asked = asking.get(id) ?? ask(id).finally(() => asking.delete(id))
      asking.set(id, asked)
      try {
        await asked
      } catch (cause) {
        if (known?.found !== undefined) return
        if (cause instanceof Problem) throw cause
        throw new Problem('unavailable', 'The festival cannot be looked up', { retryAfterSeconds: 2, cause })
      }
    },
  }
}

async function request(origin: OriginClient, id: string): Promise<ArchivedFestival | undefined> {
  const { statusCode, body } = await origin.request({
    method: 'GET',
    path: addressOf(readArchivedFestivalRoute.path, { festival: id }),
    headers: { authorization: `Bearer ${origin.serviceToken()}` },
  })
  if (statusCode === 200) return ArchivedFestivalSchema.parse(await body.json())
  await body.dump()
  if (statusCode === 404) return undefined
  throw new Error(`The origin answered ${statusCode} when asked for a festival`)
}
