import { Hono } from 'hono'
import type { PublicJwk } from '../../shared/tokens/keys.ts'

/** The keys by which shops verify passes (RFC 7517). */
export function createKeyRoutes(keys: readonly PublicJwk[]) {
  const app = new Hono()
  app.get('/.well-known/jwks.json', (c) => {
    c.header('cache-control', 'public, max-age=300')
    return c.json({ keys })
  })
  return app
}
