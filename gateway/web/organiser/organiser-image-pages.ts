import { type Context, Hono } from 'hono'
import { removeImageRoute, setImageRoute } from '../../../shared/api/images.ts'
import type { Api } from '../../api/page-api.ts'
import type { Assets } from '../assets/assets.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import type { Feedback } from './festivals/edit.ts'
import { festivalPath } from './live/frame.ts'
import { ofFestival, refuse } from './organiser-page.ts'
import { donePath } from './organiser-save.ts'
import { organiserText } from './text/organiser.ts'

/** The content types that a browser declares; the origin checks the file itself. */
const IMAGE = /^image\/(jpeg|png|webp|avif)$/

/** Setting and removing a festival's image by a form. */
export function createOrganiserImagePages(deps: {
  assets: Assets
  api: Api
  /** The page that contains the form. */
  showEdit: (c: Context<PageEnv>, feedback: Feedback, status: 422 | 503) => Promise<Response>
}) {
  const app = new Hono<PageEnv>()

  app.post('/organiser/festivals/:festival/image', async (c) => {
    const text = organiserText[pageContext(c, deps.assets).language]
    const { image: file } = await c.req.parseBody()
    if (!(file instanceof File) || file.size === 0) {
      return await deps.showEdit(c, { image: text.imageErrors.none }, 422)
    }
    if (!IMAGE.test(file.type)) return await deps.showEdit(c, { image: text.imageErrors.type }, 422)
    const image = { type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) }
    const answer = await deps.api(c, setImageRoute, { params: ofFestival(c), image })
    if (answer.ok) return c.redirect(donePath(festivalPath(c.req.param('festival')), 'image'), 303)
    const { code, reason } = answer.problem
    if (code === 'image-invalid' && isError(reason)) {
      return await deps.showEdit(c, { image: text.imageErrors[reason] }, 422)
    }
    if (code === 'body-too-large')
      return await deps.showEdit(c, { image: text.imageErrors['too-large'] }, 422)
    if (answer.status === 503) return await deps.showEdit(c, { image: text.unavailable }, 503)
    return refuse(c, answer, festivalPath(c.req.param('festival')))
  })

  app.post('/organiser/festivals/:festival/image/remove', async (c) => {
    const answer = await deps.api(c, removeImageRoute, { params: ofFestival(c) })
    const path = festivalPath(c.req.param('festival'))
    return answer.ok ? c.redirect(donePath(path, 'image'), 303) : refuse(c, answer, path)
  })

  return app
}

function isError(reason: unknown): reason is keyof typeof organiserText.en.imageErrors {
  return typeof reason === 'string' && Object.hasOwn(organiserText.en.imageErrors, reason)
}
