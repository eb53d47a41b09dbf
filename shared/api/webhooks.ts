import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses } from './openapi.ts'

export const receiveStripeEventRoute = createRoute({
  operationId: 'receiveStripeEvent',
  method: 'post',
  path: '/webhooks/stripe',
  summary: 'Events of the payment provider',
  description: 'Needs a `Stripe-Signature` over the body as it was sent. An event sent twice counts once.',
  security: [{ service: [] }],
  responses: {
    200: jsonResponse(
      z.object({ received: z.enum(['dealt-with', 'repeated', 'ignored']) }).openapi('ReceivedEvent'),
      'The event need not be sent again',
    ),
    ...problemResponses('signature-invalid'),
    ...problemResponses('token-missing', 'token-invalid', 'token-wrong-audience'),
    ...problemResponses('body-too-large', 'unavailable'),
  },
})
