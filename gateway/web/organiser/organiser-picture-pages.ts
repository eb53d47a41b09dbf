import { type Context, Hono } from 'hono'
import type { Api } from '../../api/page-api.ts'
import type { Assets } from '../assets/assets.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import type { Told } from './festivals/edit.ts'
import { festivalPath } from './live/frame.ts'
import { refuse } from './organiser-page.ts'
import { donePath } from './organiser-save.ts'
import { organiserText } from './text/organiser.ts'

/** How a browser says which kind of file it sends; the origin looks into the file itself. */
const IMAGE = /^image\/(jpeg|png|webp|avif)$/

/** Giving a festival a picture by a form, and taking it away. */
export function createOrganiserPicturePages(deps: {
  assets: Assets
  api: Api
  /** The page that the form is on. */
  showEdit: (c: Context<PageEnv>, told: Told, status: 422 | 503) => Promise<Response>
}) {
  const app = new Hono<PageEnv>()

  app.post('/organiser/festivals/:festival/picture', async (c) => {
    const text = organiserText[pageContext(c, deps.assets).language]
    const { picture } = await c.req.parseBody()
    if (!(picture instanceof File) || picture.size === 0) {
      return await deps.showEdit(c, { picture: text.pictureFaults.none }, 422)
    }
    if (!IMAGE.test(picture.type)) return await deps.showEdit(c, { picture: text.pictureFaults.type }, 422)
    const image = { type: picture.type, bytes: new Uint8Array(await picture.arrayBuffer()) }
    const answer = await deps.api(c, { method: 'PUT', path: apiPath(c), image })
    if (answer.ok) return c.redirect(donePath(festivalPath(c.req.param('festival')), 'picture'), 303)
    const { code, reason } = answer.problem
    if (code === 'picture-invalid' && isFault(reason)) {
      return await deps.showEdit(c, { picture: text.pictureFaults[reason] }, 422)
    }
    if (code === 'body-too-large')
      return await deps.showEdit(c, { picture: text.pictureFaults['too-large'] }, 422)
    if (answer.status === 503) return await deps.showEdit(c, { picture: text.away }, 503)
    return refuse(c, answer, festivalPath(c.req.param('festival')))
  })

  app.post('/organiser/festivals/:festival/picture/remove', async (c) => {
    const answer = await deps.api(c, { method: 'DELETE', path: apiPath(c) })
    const path = festivalPath(c.req.param('festival'))
    return answer.ok ? c.redirect(donePath(path, 'picture'), 303) : refuse(c, answer, path)
  })

  return app
}

function isFault(reason: unknown): reason is keyof typeof organiserText.en.pictureFaults {
  return typeof reason === 'string' && Object.hasOwn(organiserText.en.pictureFaults, reason)
}

function apiPath(c: Context): string {
  return `/api/admin/festivals/${encodeURIComponent(c.req.param('festival') ?? '')}/picture`
}
