import { createFestivalRoute } from '../../shared/api/admin-festivals.ts'
import { setImageRoute } from '../../shared/api/images.ts'
import { receiveStripeEventRoute } from '../../shared/api/webhooks.ts'
import type { LargeBodies } from '../body-limits.ts'
import type { GatewayLimits } from '../limits.ts'

/** The routes of the API that take large bodies: events of the payment provider, images, and festivals. */
export function largeApiBodies(limits: GatewayLimits): LargeBodies[] {
  const festivals = `/api${createFestivalRoute.getRoutingPath()}`
  const ofFestivals = { bytesMax: limits.festivalBytesMax, isForOrganisers: true }
  return [
    { path: `/api${receiveStripeEventRoute.getRoutingPath()}`, bytesMax: limits.webhookBytesMax },
    { path: `/api${setImageRoute.getRoutingPath()}`, bytesMax: limits.imageBytesMax },
    { path: festivals, ...ofFestivals },
    { path: `${festivals}/*`, ...ofFestivals },
  ]
}
