import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import type { KeptLetter } from '../mail/folder-carrier.ts'
import { type OriginEnv, requireService } from './principal.ts'

const LettersSchema = z
  .object({
    letters: z.array(
      z.object({ at: z.iso.datetime(), to: z.string(), subject: z.string(), text: z.string() }),
    ),
  })
  .openapi('Letters')

const mailRoute = createRoute({
  method: 'get',
  path: '/mail',
  summary: 'In development: the letters that lie in a folder instead of being sent, the latest first',
  security: [{ service: [] }],
  responses: {
    200: jsonResponse(LettersSchema, 'The letters'),
    ...problemResponses('not-found', 'token-missing', 'token-invalid', 'token-foreign'),
  },
})

/** @param readKept - missing where letters are sent: those are shown to nobody */
export function createMailRoutes({ readKept }: { readKept?: (() => Promise<KeptLetter[]>) | undefined }) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(mailRoute, async (c) => {
    requireService(c)
    if (readKept === undefined) throw new Problem('not-found', 'Letters are sent, and shown nowhere')
    const kept = await readKept()
    c.header('cache-control', 'no-store')
    return c.json(
      { letters: kept.map(({ at, ...letter }) => ({ at: new Date(at).toISOString(), ...letter })) },
      200,
    )
  })

  return app
}
