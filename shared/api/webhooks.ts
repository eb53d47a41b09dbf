import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'

const ProviderParamsSchema = z.object({
  provider: z.string().openapi({ description: 'The payment provider of this shop', example: 'stripe' }),
})

export const receiveEventRoute = createRoute({
  operationId: 'receiveProviderEvent',
  method: 'post',
  path: '/webhooks/{provider}',
  summary: 'Events of the payment provider',
  description:
    "Needs the provider's signature over the body as it was sent: `Stripe-Signature`, or the headers of Standard " +
    'Webhooks. An event sent twice counts once.',
  security: [{ service: [] }],
  request: { params: ProviderParamsSchema },
  responses: {
    200: jsonResponse(
      z.object({ received: z.enum(['dealt-with', 'repeated', 'ignored']) }).openapi('ReceivedEvent'),
      'The event need not be sent again',
    ),
    ...problemResponses('signature-invalid'),
    ...problemResponses(...TOKEN_PROBLEMS),
    ...problemResponses('not-found', 'body-too-large', 'unavailable'),
  },
})

/** The paths of all providers' events, in the syntax of `limitBody`. */
export const WEBHOOK_PATHS = '/api/webhooks/*'
