import { type Context, Hono } from 'hono'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import { listFestivalsRoute } from '../../../shared/api/admin-festivals.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { listPage } from './festivals/list.ts'
import { createOrganiserActionPages } from './organiser-action-pages.ts'
import { createOrganiserEditPages } from './organiser-edit-pages.ts'
import { contextOf, type OrganiserPageDeps, showEdit } from './organiser-festival.ts'
import { createOrganiserImagePages } from './organiser-image-pages.ts'
import { createOrganiserNewPages } from './organiser-new-pages.ts'
import { hereOf, refuse } from './organiser-page.ts'

const LISTED = 50

/** The pages on which organisers create festivals, by forms; they act through the API with the organiser's rights. */
export function createOrganiserPageRoutes(deps: OrganiserPageDeps) {
  const app = new Hono<PageEnv>()
  app.get('/organiser', (c) => showFestivals(deps, c))
  app.route('/', createOrganiserNewPages(deps))
  app.route('/', createOrganiserEditPages(deps))
  app.route('/', createOrganiserActionPages(deps))
  app.route(
    '/',
    createOrganiserImagePages({
      ...deps,
      showEdit: (c, feedback, status) => showEdit(deps, c, feedback, status),
    }),
  )
  return app
}

async function showFestivals(deps: OrganiserPageDeps, c: Context<PageEnv>): Promise<Response> {
  const { api, now } = deps
  const offset = Math.min(Math.max(Number.parseInt(c.req.query('offset') ?? '', 10) || 0, 0), 100_000)
  const [me, answer] = await Promise.all([
    api(c, readMeRoute),
    api(c, listFestivalsRoute, { query: { offset, limit: LISTED } }),
  ])
  if (!me.ok) return refuse(c, me, hereOf(c))
  if (!answer.ok) return refuse(c, answer, hereOf(c))
  const { festivals } = answer.body
  const next = festivals.length === LISTED ? `/organiser?offset=${offset + LISTED}` : undefined
  c.header('cache-control', 'no-store')
  return c.html(listPage(contextOf(deps, c), { me: me.body, festivals, next, now: now() }))
}
