import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { type AdminFestival, readFestivalRoute } from '../../../shared/api/admin-festivals.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Api } from '../../api/page-api.ts'
import type { Assets } from '../assets/assets.ts'
import type { PageContext } from '../layout/page.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { editPage, type Feedback } from './festivals/edit.ts'
import { ofFestival, pathOf, refuse } from './organiser-page.ts'
import { organiserText } from './text/organiser.ts'

export type OrganiserPageDeps = {
  assets: Assets
  api: Api
  now: Clock
  config: { timeZone: string }
  limits: { imageBytesMax: number }
}

/** The festival of this request's path, or the error response when it cannot be read. */
export async function findFestival(
  { api }: Pick<OrganiserPageDeps, 'api'>,
  c: Context<PageEnv>,
): Promise<AdminFestival | Response> {
  const answer = await api(c, readFestivalRoute, { params: ofFestival(c) })
  return answer.ok ? answer.body : refuse(c, answer, pathOf(c))
}

/** The page on which a festival is edited, with feedback on what was sent. */
export async function showEdit(
  deps: OrganiserPageDeps,
  c: Context<PageEnv>,
  feedback: Feedback | undefined,
  status: 200 | 409 | 422 | 503 = 200,
): Promise<Response> {
  const festival = await findFestival(deps, c)
  if (festival instanceof Response) return festival
  const { imageBytesMax } = deps.limits
  c.header('cache-control', 'no-store')
  return c.html(
    editPage(contextOf(deps, c), {
      festival,
      now: deps.now(),
      feedback,
      imageBytesMax,
      newKey: randomUUID(),
    }),
    status,
  )
}

/** Its path is the target of the language switch: after a refused form, the page with the form. */
export function contextOf({ assets }: Pick<OrganiserPageDeps, 'assets'>, c: Context<PageEnv>): PageContext {
  const context = pageContext(c, assets)
  const festival = c.req.param('festival')
  return c.req.method === 'GET' || festival === undefined ? context : { ...context, path: pathOf(c) }
}

export function textOf(deps: Pick<OrganiserPageDeps, 'assets'>, c: Context<PageEnv>) {
  return organiserText[contextOf(deps, c).language]
}
