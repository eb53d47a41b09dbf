import { readCatalogueRoute } from '../../shared/api/catalogue.ts'
import { Problem } from '../../shared/api/problem.ts'
import { addressOf } from '../../shared/api/route-path.ts'
import { type ArchivedRoom, type Catalogue, CatalogueSchema, type Festival } from '../../shared/catalogue.ts'
import type { Checkout } from '../../shared/checkout.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { OriginClient } from '../origin-client/origin-client.ts'
import { createArchivedFestivals } from './archived-festivals.ts'

/** The gateway's copy of the origin's catalogue, which is retained while the origin is unavailable. */
export type Festivals = {
  /** Festivals on sale or with a sale to come. */
  all(): readonly Festival[]
  /** The rooms of these festivals that are in Redis. */
  openRooms(): readonly string[]
  /** Includes a past festival that was looked up recently (`find`). */
  of(id: string): Festival | undefined
  /** The same; throws `not-found` when there is none, and `unavailable` until the origin has been reached. */
  require(id: string): Festival
  /** The final state of a room that has left Redis; undefined for one that is there. */
  archivedRoom(room: string): ArchivedRoom | undefined
  /** How fans can pay; undefined while the origin does not say. */
  checkout(): Checkout | undefined
  /** Whether an image belongs to a festival that fans can see. */
  hasImage(image: string): boolean
  /** Looks up a festival that may be over; throws `unavailable` when the result is unknown. */
  find(id: string): Promise<void>
  /** True once the catalogue has been read from the origin. */
  known(): boolean
  refresh(): Promise<void>
}

export function createFestivals(origin: OriginClient, now: Clock = Date.now): Festivals {
  const over = createArchivedFestivals({ origin, now })
  let catalogue: Catalogue | undefined
  let byId: ReadonlyMap<string, Festival> = new Map()
  let archived: ReadonlyMap<string, ArchivedRoom> = new Map()
  let openRooms: readonly string[] = []
  let etag = ''

  async function refresh(): Promise<void> {
    const response = await origin.request({
      method: 'GET',
      path: addressOf(readCatalogueRoute.path, {}),
      headers: {
        authorization: `Bearer ${origin.serviceToken()}`,
        ...(etag === '' ? {} : { 'if-none-match': etag }),
      },
    })
    if (response.statusCode === 304) return response.body.dump()
    if (response.statusCode !== 200) {
      await response.body.dump()
      throw new Error(`The origin answered ${response.statusCode} when asked for the catalogue`)
    }
    const read = CatalogueSchema.parse(await response.body.json())
    catalogue = read
    byId = new Map(read.festivals.map((festival) => [festival.id, festival]))
    archived = new Map((read.archived ?? []).map((each) => [each.room, each]))
    openRooms = read.festivals.flatMap(({ room }) => (archived.has(room.id) ? [] : [room.id]))
    etag = String(response.headers['etag'] ?? '')
  }

  const of = (id: string) => byId.get(id) ?? over.of(id)?.festival

  return {
    all: () => catalogue?.festivals ?? [],
    openRooms: () => openRooms,
    of,
    require(id) {
      const festival = of(id)
      if (festival !== undefined) return festival
      if (catalogue === undefined) throw notKnown()
      throw new Problem('not-found', 'There is no such festival')
    },
    archivedRoom: (room) => archived.get(room) ?? (byId.has(room) ? undefined : over.of(room)?.archived),
    checkout: () => catalogue?.checkout,
    hasImage: (image) =>
      [...byId.values(), ...over.cached().map(({ festival }) => festival)].some(
        (festival) => festival.image === image,
      ),
    async find(id) {
      if (catalogue !== undefined && !byId.has(id)) await over.find(id)
    },
    known: () => catalogue !== undefined,
    refresh,
  }
}

/** For a gateway that has just started and has not received the catalogue yet. */
export function notKnown(): Problem {
  return new Problem('unavailable', 'The festivals are not known yet', { retryAfterSeconds: 1 })
}
