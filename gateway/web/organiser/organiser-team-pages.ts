import { type Context, Hono } from 'hono'
import {
  changeMemberRoute,
  changeTeamSettingsRoute,
  inviteMemberRoute,
  readTeamRoute,
  removeMemberRoute,
  revokeInvitationRoute,
  TEAM_ROLES,
} from '../../../shared/api/teams.ts'
import { cutText } from '../../../shared/text.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { festivalPath } from './live/frame.ts'
import { type TeamPage, teamPage } from './live/team.ts'
import { festivalOf, hereOf, type OrganiserLivePageDeps, ofFestival, refuse } from './organiser-page.ts'
import { teamText } from './text/team.ts'

const EMAIL_CHARACTERS_MAX = 254

type Feedback = Pick<TeamPage, 'flash' | 'typed' | 'link'>

/** A festival's team: visible to its members, managed by its owners. */
export function createOrganiserTeamPages({ config, api, assets, festivals }: OrganiserLivePageDeps) {
  const app = new Hono<PageEnv>()

  app.get('/organiser/festivals/:festival/team', async (c) => {
    return await showTeam(c, { flash: flashOf(c, c.req.query('flash')) })
  })

  app.post('/organiser/festivals/:festival/team/members/:account', async (c) => {
    const { do: what, role } = await c.req.parseBody()
    const params = { ...ofFestival(c), account: c.req.param('account') }
    const answer =
      what === 'role'
        ? await api(c, changeMemberRoute, { params, body: { role } })
        : await api(c, removeMemberRoute, { params })
    if (answer.ok && what === 'leave') return c.redirect('/organiser', 303)
    if (answer.ok) return c.redirect(`${teamPath(c)}?flash=${what === 'role' ? 'saved' : 'removed'}`, 303)
    if (answer.status === 401 || answer.status === 403) return refuse(c, answer, teamPath(c))
    return c.redirect(`${teamPath(c)}?flash=${codeOf(answer.problem.code)}`, 303)
  })

  app.post('/organiser/festivals/:festival/team/settings', async (c) => {
    const { required } = await c.req.parseBody()
    const body = { secondFactorRequired: required === 'yes' }
    const answer = await api(c, changeTeamSettingsRoute, { params: ofFestival(c), body })
    if (answer.ok) return c.redirect(`${teamPath(c)}?flash=saved`, 303)
    return refuse(c, answer, teamPath(c))
  })

  app.post('/organiser/festivals/:festival/team/invitations', async (c) => {
    const form = await c.req.parseBody()
    const email = cutText(String(form['email'] ?? '').trim(), EMAIL_CHARACTERS_MAX)
    const role = TEAM_ROLES.find((each) => each === form['role']) ?? 'viewer'
    const answer = await api(c, inviteMemberRoute, { params: ofFestival(c), body: { email, role } })
    const { token } = answer.ok ? answer.body : {}
    if (token !== undefined) {
      // In the page and not in its address, which browsers store and servers log. Behind TLS, requests arrive by http.
      return await showTeam(c, { link: `${config.publicUrl}/invitation?token=${token}` })
    }
    if (answer.ok) return c.redirect(`${teamPath(c)}?flash=invited`, 303)
    if (answer.status === 401 || answer.status === 403) return refuse(c, answer, teamPath(c))
    const isWrong = answer.status === 422
    const flash = isWrong ? undefined : flashOf(c, codeOf(answer.problem.code))
    return await showTeam(c, { flash, typed: { email, role, isWrong } }, isWrong ? 422 : 409)
  })

  app.post('/organiser/festivals/:festival/team/invitations/:invitation', async (c) => {
    const params = { ...ofFestival(c), invitation: c.req.param('invitation') }
    const answer = await api(c, revokeInvitationRoute, { params })
    if (!answer.ok && (answer.status === 401 || answer.status === 403)) return refuse(c, answer, teamPath(c))
    // An invitation that is already gone counts as withdrawn.
    const done = answer.ok || answer.status === 404
    return c.redirect(`${teamPath(c)}?flash=${done ? 'revoked' : 'failed'}`, 303)
  })

  return app

  async function showTeam(
    c: Context<PageEnv>,
    feedback: Feedback,
    status: 200 | 409 | 422 = 200,
  ): Promise<Response> {
    const answer = await api(c, readTeamRoute, { params: ofFestival(c) })
    if (!answer.ok) return refuse(c, answer, c.req.method === 'GET' ? hereOf(c) : teamPath(c))
    c.header('cache-control', 'no-store')
    const context = { ...pageContext(c, assets), path: teamPath(c) }
    return c.html(
      teamPage(context, { festival: festivalOf(c, festivals), team: answer.body, ...feedback }),
      status,
    )
  }

  function flashOf(c: Context<PageEnv>, code: string | undefined): TeamPage['flash'] {
    const { flash } = teamText[pageContext(c, assets).language]
    if (code === 'invited' || code === 'revoked' || code === 'saved' || code === 'removed') {
      return { good: flash[code] }
    }
    if (code === undefined) return undefined
    return { bad: code === 'lastOwner' || code === 'member' ? flash[code] : flash.failed }
  }
}

function codeOf(code: string): 'lastOwner' | 'member' | 'failed' {
  if (code === 'last-owner') return 'lastOwner'
  return code === 'conflict' ? 'member' : 'failed'
}

function teamPath(c: Context): string {
  return `${festivalPath(c.req.param('festival') ?? '')}/team`
}
