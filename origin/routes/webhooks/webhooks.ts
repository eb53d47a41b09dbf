import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { receiveEventRoute } from '../../../shared/api/webhooks.ts'
import type { ProviderEvent, ReadProviderEvent, ReceivedEvent } from '../../payments/provider-events.ts'
import { type OriginEnv, requireService } from '../auth/principal.ts'

const POSTPONED_SECONDS = 60

export type WebhookRoutesDeps = {
  /** The provider that charges: no other has events here. */
  provider: string
  readEvent: ReadProviderEvent
  receiveEvent: (event: ProviderEvent) => Promise<ReceivedEvent>
}

export function createWebhookRoutes(deps: WebhookRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()
  app.openapi(receiveEventRoute, async (c) => {
    requireService(c)
    if (c.req.valid('param').provider !== deps.provider) throw new Problem('not-found')
    const payload = new Uint8Array(await c.req.arrayBuffer())
    const event = await deps.readEvent(payload, (name) => c.req.header(name))
    if (event === undefined) throw new Problem('signature-invalid')
    const received = await deps.receiveEvent(event)
    if (received === 'postponed') {
      throw new Problem('unavailable', 'It cannot be dealt with just now', {
        retryAfterSeconds: POSTPONED_SECONDS,
      })
    }
    return c.json({ received }, 200)
  })
  return app
}
