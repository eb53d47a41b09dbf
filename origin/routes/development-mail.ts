import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import type { FolderEmail } from '../email/folder-transport.ts'
import { type OriginEnv, requireService } from './principal.ts'

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

const mailRoute = createRoute({
  method: 'get',
  path: '/mail',
  summary: 'In development: the e-mails that are in a folder instead of being sent, the latest first',
  security: [{ service: [] }],
  responses: {
    200: jsonResponse(EmailsSchema, 'The e-mails'),
    ...problemResponses('not-found', 'token-missing', 'token-invalid', 'token-foreign'),
  },
})

/** @param readFolder - missing where e-mails are sent: those are for nobody else to read */
export function createDevelopmentMailRoutes({
  readFolder,
}: {
  readFolder?: (() => Promise<FolderEmail[]>) | undefined
}) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(mailRoute, async (c) => {
    requireService(c)
    if (readFolder === undefined) throw new Problem('not-found', 'E-mails are sent, and shown nowhere')
    const found = await readFolder()
    c.header('cache-control', 'no-store')
    return c.json({ emails: found.map(shown) }, 200)
  })

  return app
}

function shown({ at, to, subject, text, attachments }: FolderEmail) {
  return {
    ...{ at: new Date(at).toISOString(), to, subject, text },
    attachments: attachments.map(({ filename, contentType, base64 }) => ({
      ...{ filename, contentType },
      bytes: Buffer.byteLength(base64, 'base64'),
    })),
  }
}
