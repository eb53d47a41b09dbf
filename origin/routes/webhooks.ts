import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import type { ProviderEvent, ReadProviderEvent, ReceivedEvent } from '../payments/provider-events.ts'
import { type OriginEnv, requireService } from './principal.ts'

/** As `/api/webhooks/stripe` in the gateway's list, with a limit of its own for the body. */
export const STRIPE_WEBHOOK_PATH = '/webhooks/stripe'

const stripeRoute = createRoute({
  method: 'post',
  path: STRIPE_WEBHOOK_PATH,
  summary: 'Events of the payment provider',
  description: 'Needs a `Stripe-Signature` over the body as it was sent. An event sent twice counts once.',
  security: [{ service: [] }],
  responses: {
    200: jsonResponse(
      z.object({ received: z.enum(['dealt-with', 'repeated', 'ignored']) }).openapi('ReceivedEvent'),
      'The event need not be sent again',
    ),
    ...problemResponses('signature-invalid'),
    ...problemResponses('token-missing', 'token-invalid', 'token-foreign'),
    ...problemResponses('body-too-large', 'unavailable'),
  },
})

const POSTPONED_SECONDS = 60

export type WebhookRoutesDeps = {
  readEvent: ReadProviderEvent
  receiveEvent: (event: ProviderEvent) => Promise<ReceivedEvent>
}

export function createWebhookRoutes(deps: WebhookRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()
  app.openapi(stripeRoute, async (c) => {
    requireService(c)
    const payload = new Uint8Array(await c.req.arrayBuffer())
    const event = deps.readEvent(payload, c.req.header('stripe-signature') ?? '')
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
