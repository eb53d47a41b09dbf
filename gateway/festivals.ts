import { type Catalogue, CatalogueSchema, type Festival } from '../shared/catalogue.ts'
import type { OriginClient } from './origin-client.ts'

/** The gateway's own copy of the origin's catalogue; it stays as it is while the origin is away. */
export type Festivals = {
  all(): readonly Festival[]
  of(id: string): Festival | undefined
  /** True once the origin has been asked. */
  known(): boolean
  refresh(): Promise<void>
}

export function createFestivals(origin: OriginClient): Festivals {
  let catalogue: Catalogue | undefined
  let byId: ReadonlyMap<string, Festival> = new Map()
  let etag = ''

  async function refresh(): Promise<void> {
    const response = await origin.request({
      method: 'GET',
      path: '/api/catalogue',
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
    etag = String(response.headers['etag'] ?? '')
  }

  return {
    all: () => catalogue?.festivals ?? [],
    of: (id) => byId.get(id),
    known: () => catalogue !== undefined,
    refresh,
  }
}
