import { createFestivalRoute } from '../../shared/api/admin-festivals.ts'
import { setImageRoute } from '../../shared/api/images.ts'
import { WEBHOOK_PATHS } from '../../shared/api/webhooks.ts'

/** Routes that take larger bodies than all others. */
export type LargeBodies = {
  /** In the syntax of `limitBody`. */
  path: string
  bytesMax: number
  /** Whether bodies are refused, before they are read, from anyone but organisers. */
  isForOrganisers?: boolean
}

/** The routes of the API that take large bodies: events of the payment provider, images, and festivals. */
export function largeApiBodies(limits: {
  webhookBytesMax: number
  imageBytesMax: number
  festivalBytesMax: number
}): LargeBodies[] {
  const festivals = `/api${createFestivalRoute.getRoutingPath()}`
  const ofFestivals = { bytesMax: limits.festivalBytesMax, isForOrganisers: true }
  return [
    { path: WEBHOOK_PATHS, bytesMax: limits.webhookBytesMax },
    { path: `/api${setImageRoute.getRoutingPath()}`, bytesMax: limits.imageBytesMax },
    { path: festivals, ...ofFestivals },
    { path: `${festivals}/*`, ...ofFestivals },
  ]
}
