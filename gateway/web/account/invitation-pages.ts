import { Hono } from 'hono'
import { acceptInvitationRoute } from '../../../shared/api/teams.ts'
import { cutText } from '../../../shared/text.ts'
import type { Api } from '../../api/page-api.ts'
import type { Assets } from '../assets/assets.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { signInFirst } from '../layout/sign-in-first.ts'
import { type InvitationError, invitationPage, joinedPage } from './invitation.ts'

const PATH = '/invitation'
const TOKEN_CHARACTERS_MAX = 100

const ERRORS: Readonly<Record<string, InvitationError>> = {
  'invitation-ended': 'ended',
  'invitation-for-another-address': 'otherAccount',
  'account-unproven': 'unproven',
  conflict: 'full',
}

/** The API's codes for a malformed token. */
const NO_TOKEN: readonly number[] = [400, 422]

/** Joining a team by the link of an invitation, with a form that needs no script. */
export function createInvitationPageRoutes({ api, assets }: { api: Api; assets: Assets }) {
  const app = new Hono<PageEnv>()

  app.get(PATH, (c) => {
    c.header('cache-control', 'no-store')
    const token = cutText(c.req.query('token') ?? '', TOKEN_CHARACTERS_MAX)
    return c.html(invitationPage(pageContext(c, assets), { token }))
  })

  app.post(PATH, async (c) => {
    const { token: sent } = await c.req.parseBody()
    const token = typeof sent === 'string' ? cutText(sent, TOKEN_CHARACTERS_MAX) : ''
    const answer = await api(c, acceptInvitationRoute, { body: { token } })
    const again = `${PATH}?token=${encodeURIComponent(token)}`
    if (answer.status === 401) return signInFirst(c, again)
    c.header('cache-control', 'no-store')
    const context = { ...pageContext(c, assets), path: again }
    if (answer.ok) return c.html(joinedPage({ ...context, path: PATH }, answer.body))
    const error = ERRORS[answer.problem.code] ?? (NO_TOKEN.includes(answer.status) ? 'ended' : 'unavailable')
    return c.html(invitationPage(context, { token, error }), error === 'unavailable' ? 503 : 422)
  })

  return app
}
