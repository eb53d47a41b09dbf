import { Hono } from 'hono'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import { changeRolesRoute, findAccountsRoute, GIVEN_ROLES } from '../../../shared/api/admin-accounts.ts'
import { listRoomChangesRoute } from '../../../shared/api/admin-rooms.ts'
import { type Change, listChangesRoute } from '../../../shared/api/changes.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { cutText } from '../../../shared/text.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { ADDRESS_CHARACTERS_MIN, accountsPage } from './live/accounts.ts'
import { allChangesPage, festivalChangesPage } from './live/changes.ts'
import { festivalOf, hereOf, type OrganiserLivePageDeps, ofRoom, refuse } from './organiser-page.ts'
import { type OrganiserLiveText, organiserLiveText } from './text/organiser-live.ts'

const CHANGES_SHOWN = 30

/** The pages for roles, and for the log of changes. */
export function createOrganiserAccountPages({ api, assets, festivals }: OrganiserLivePageDeps) {
  const app = new Hono<PageEnv>()

  app.get('/organiser/accounts', async (c) => {
    const q = cutText((c.req.query('q') ?? '').trim(), 254)
    const found =
      q.length < ADDRESS_CHARACTERS_MIN ? undefined : await api(c, findAccountsRoute, { query: { q } })
    if (found?.ok === false) return refuse(c, found, hereOf(c))
    // The empty page, too, is for operators only.
    const me = await api(c, readMeRoute)
    if (!me.ok) return refuse(c, me, hereOf(c))
    if (!me.body.roles.includes('operator'))
      throw new Problem('forbidden', 'This is for operators of the installation')
    const context = pageContext(c, assets)
    c.header('cache-control', 'no-store')
    return c.html(
      accountsPage(context, {
        q,
        accounts: found?.ok === true ? found.body.accounts : undefined,
        flash: flashOf(c.req.query('flash'), organiserLiveText[context.language]),
      }),
    )
  })

  app.post('/organiser/accounts/:account', async (c) => {
    const { q, role, give } = await c.req.parseBody()
    const back = `/organiser/accounts?${new URLSearchParams({ q: typeof q === 'string' ? q : '' })}`
    const given = GIVEN_ROLES.find((each) => each === role)
    if (given === undefined) return c.redirect(back, 303)
    const answer = await api(c, changeRolesRoute, {
      params: { account: c.req.param('account') },
      body: { [given]: give === 'yes' },
    })
    if (!answer.ok && (answer.status === 401 || answer.status === 403)) return refuse(c, answer, back)
    return c.redirect(`${back}&flash=${answer.ok ? 'given' : answer.problem.code}`, 303)
  })

  app.get('/organiser/changes', async (c) => {
    const before = c.req.query('before')
    const answer = await api(c, listChangesRoute, { query: { limit: CHANGES_SHOWN, before } })
    if (!answer.ok) return refuse(c, answer, hereOf(c))
    const { changes } = answer.body
    const older = olderThan(changes, '/organiser/changes')
    c.header('cache-control', 'no-store')
    return c.html(allChangesPage(pageContext(c, assets), { changes, older, paged: before !== undefined }))
  })

  app.get('/organiser/festivals/:festival/changes', async (c) => {
    const by = c.req.query('account')
    const before = c.req.query('before')
    const answer = await api(c, listRoomChangesRoute, {
      params: ofRoom(c),
      query: { limit: CHANGES_SHOWN, before, account: by },
    })
    if (!answer.ok) return refuse(c, answer, hereOf(c))
    const { changes } = answer.body
    c.header('cache-control', 'no-store')
    return c.html(
      festivalChangesPage(pageContext(c, assets), {
        festival: festivalOf(c, festivals),
        changes,
        older: olderThan(changes, c.req.path, by),
        paged: before !== undefined || by !== undefined,
      }),
    )
  })

  return app
}

function flashOf(flash: string | undefined, text: OrganiserLiveText) {
  if (flash === undefined) return undefined
  if (flash === 'given') return { good: text.given }
  if (flash === 'account-unproven') return { bad: text.unproven }
  return { bad: flash === 'conflict' ? text.own : text.failed }
}

function olderThan(changes: readonly Change[], path: string, account?: string): string | undefined {
  const last = changes.at(-1)
  return last === undefined || changes.length < CHANGES_SHOWN
    ? undefined
    : `${path}?${new URLSearchParams({ ...(account === undefined ? {} : { account }), before: String(last.id) })}`
}
