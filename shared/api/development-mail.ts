import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'

const EmailsSchema = z
  .object({
    emails: z.array(
      z.object({
        at: z.iso.datetime(),
        to: z.string(),
        subject: z.string(),
        text: z.string(),
        attachments: z.array(z.object({ filename: z.string(), contentType: z.string(), bytes: z.int() })),
      }),
    ),
  })
  .openapi('DevelopmentEmails')

export const readDevelopmentMailRoute = createRoute({
  operationId: 'readDevelopmentMail',
  method: 'get',
  path: '/mail',
  summary: 'In development: the e-mails that are in a folder instead of being sent, the latest first',
  security: [{ service: [] }],
  responses: {
    200: jsonResponse(EmailsSchema, 'The e-mails'),
    ...problemResponses(...TOKEN_PROBLEMS, 'not-found'),
  },
})

export type DevelopmentEmail = z.input<typeof EmailsSchema>['emails'][number]
