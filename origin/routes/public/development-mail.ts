import { readDevelopmentMailRoute } from '../../../shared/api/development-mail.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { FolderEmail } from '../../email/folder-transport.ts'
import { type OriginEnv, requireService } from '../auth/principal.ts'

/** @param readFolder - missing where e-mails are sent, since those are private */
export function createDevelopmentMailRoutes({
  readFolder,
}: {
  readFolder?: (() => Promise<FolderEmail[]>) | undefined
}) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(readDevelopmentMailRoute, async (c) => {
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
