import type { OpenAPIHono } from '@hono/zod-openapi'
import { setImageRoute } from '../shared/api/images.ts'
import { limitBody, requireJsonOrImage } from '../shared/http/limits.ts'
import type { LargeBodies } from './api/large-bodies.ts'
import type { GatewayContext, GatewayEnv } from './context.ts'
import { requireForm } from './web/forms.ts'
import { organiserGate } from './web/organiser/organiser-gate.ts'

/**
 * Refuses bodies that are too large, or of a content type that their route does not accept.
 *
 * @param large - the first match of a path sets its limit
 */
export function limitBodies(
  app: OpenAPIHono<GatewayEnv>,
  { api, limits }: Pick<GatewayContext, 'api' | 'limits'>,
  large: readonly LargeBodies[],
): void {
  const gate = organiserGate(api)
  for (const { path, isForOrganisers } of large) if (isForOrganisers === true) app.use(path, gate)
  app.use(
    limitBody(limits.bodyBytesMax, Object.fromEntries(large.map(({ path, bytesMax }) => [path, bytesMax]))),
  )
  app.use('/api/*', requireJsonOrImage(`/api${setImageRoute.getRoutingPath()}`))
  app.use(requireForm)
}
