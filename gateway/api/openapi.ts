import { Hono } from 'hono'

/** The description of the public API: the gateway's own routes and those of the origin. */
export function createOpenApiRoutes(describe: () => object) {
  const app = new Hono()
  let document: object | undefined
  app.get('/openapi.json', (c) => {
    document ??= describe()
    return c.json(document)
  })
  return app
}
