import { Hono } from 'hono'
import type { Clock } from '../../shared/clock.ts'
import { Problem } from '../../shared/problem.ts'
import type { OriginClient } from '../origin-client.ts'

/** As much of an OpenAPI 3.1 document as joining two of them needs to know. */
type OpenApiDocument = { paths?: object | undefined; components?: object | undefined }

const REMEMBER_MS = 60_000
/** What paths begin with that only gateways use. */
const INTERNAL_PATHS = '/api/catalogue'

/** One document for everything the public URL offers: the gateway's own routes and the origin's behind it. */
export function createOpenApiRoutes(deps: { own: () => OpenApiDocument; origin: OriginClient; now: Clock }) {
  const app = new Hono()
  let joined: { document: OpenApiDocument; until: number } | undefined

  app.get('/openapi.json', async (c) => {
    if (joined === undefined || joined.until <= deps.now()) {
      joined = { document: join(deps.own(), await readOrigin(deps.origin)), until: deps.now() + REMEMBER_MS }
    }
    return c.json(joined.document)
  })
  return app
}

async function readOrigin(origin: OriginClient): Promise<OpenApiDocument> {
  const headers = { authorization: `Bearer ${origin.serviceToken()}` }
  try {
    const response = await origin.request({ method: 'GET', path: '/api/openapi.json', headers })
    if (response.statusCode === 200) return (await response.body.json()) as OpenApiDocument
    await response.body.dump()
    throw new Error(`The origin answered ${response.statusCode} when asked for its description`)
  } catch (cause) {
    const detail = 'The shop does not describe itself just now'
    throw new Problem('unavailable', detail, { retryAfterSeconds: 2, cause })
  }
}

function join(own: OpenApiDocument, origin: OpenApiDocument): OpenApiDocument {
  const paths = Object.entries(origin.paths ?? {}).filter(([path]) => !path.startsWith(INTERNAL_PATHS))
  const components = new Map<string, object>(Object.entries(origin.components ?? {}))
  for (const [kind, entries] of Object.entries(own.components ?? {})) {
    components.set(kind, { ...components.get(kind), ...entries })
  }
  return {
    ...own,
    paths: { ...own.paths, ...Object.fromEntries(paths) },
    components: Object.fromEntries(components),
  }
}
