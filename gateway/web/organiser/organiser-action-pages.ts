import type { RouteConfig } from '@hono/zod-openapi'
import { type Context, Hono } from 'hono'
import {
  deleteDraftRoute,
  publishFestivalRoute,
  unpublishFestivalRoute,
} from '../../../shared/api/admin-festivals.ts'
import { removeTicketTypeRoute } from '../../../shared/api/admin-ticket-types.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { askPage } from './festivals/ask.ts'
import type { PartName } from './festivals/edit.ts'
import { contextOf, findFestival, type OrganiserPageDeps, showEdit, textOf } from './organiser-festival.ts'
import { ofFestival, pathOf, refuse } from './organiser-page.ts'
import { donePath } from './organiser-save.ts'

const PUBLISHING = {
  publish: { route: publishFestivalRoute, refused: 'publishRefused' },
  unpublish: { route: unpublishFestivalRoute, refused: 'unpublishRefused' },
} as const

/** Actions on a festival that have no fields: publishing, removing a ticket type, deleting a draft. */
export function createOrganiserActionPages(deps: OrganiserPageDeps) {
  const app = new Hono<PageEnv>()

  app.post('/organiser/festivals/:festival/types/:type/remove', (c) => {
    const params = { ...ofFestival(c), type: c.req.param('type') }
    const feedback = { refused: textOf(deps, c).removeConflict, at: 'types' } as const
    return act(deps, c, { route: removeTicketTypeRoute, params }, feedback)
  })

  app.get('/organiser/festivals/:festival/delete', (c) => showQuestion(deps, c, 'delete'))
  app.post('/organiser/festivals/:festival/delete', (c) => deleteDraft(deps, c))

  for (const what of ['publish', 'unpublish'] as const) {
    const { route, refused } = PUBLISHING[what]
    app.get(`/organiser/festivals/:festival/${what}`, (c) => showQuestion(deps, c, what))
    app.post(`/organiser/festivals/:festival/${what}`, (c) =>
      act(deps, c, { route, params: ofFestival(c) }, { refused: textOf(deps, c)[refused] }),
    )
  }
  return app
}

async function showQuestion(
  deps: OrganiserPageDeps,
  c: Context<PageEnv>,
  what: 'publish' | 'unpublish' | 'delete',
): Promise<Response> {
  const found = await findFestival(deps, c)
  if (found instanceof Response) return found
  c.header('cache-control', 'no-store')
  return c.html(askPage(contextOf(deps, c), { festival: found, what }))
}

async function deleteDraft(deps: OrganiserPageDeps, c: Context<PageEnv>): Promise<Response> {
  const answer = await deps.api(c, deleteDraftRoute, { params: ofFestival(c) })
  if (answer.ok) return c.redirect('/organiser', 303)
  if (answer.status !== 409) return refuse(c, answer, pathOf(c))
  return await showEdit(deps, c, { flash: { bad: textOf(deps, c).deleteRefused } }, 409)
}

/** Carries out an action without fields, and explains a refusal. */
async function act(
  deps: OrganiserPageDeps,
  c: Context<PageEnv>,
  { route, params }: { route: RouteConfig; params: Readonly<Record<string, string>> },
  { refused, at }: { refused: string; at?: PartName },
): Promise<Response> {
  const answer = await deps.api(c, route, { params })
  if (answer.ok) return c.redirect(at === undefined ? `${pathOf(c)}?done` : donePath(pathOf(c), at), 303)
  if (answer.status !== 409) return refuse(c, answer, pathOf(c))
  const { errors = [] } = answer.problem
  const flash = { flash: { bad: refused }, ...(at === undefined ? {} : { at }) }
  const feedback = errors.length === 0 ? flash : { refused: { bad: refused, errors } }
  return await showEdit(deps, c, feedback, 409)
}
