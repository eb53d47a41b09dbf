import { Hono } from 'hono'
import { Problem } from '../../../shared/api/problem.ts'
import { cutText } from '../../../shared/text.ts'
import type { Me } from '../account/mine.ts'
import { type PageEnv, pageContext } from '../pages.ts'
import { ADDRESS_CHARACTERS_MIN, type AdminAccount, accountsPage, GIVEN_ROLES } from './live/accounts.ts'
import { allChangesPage, festivalChangesPage } from './live/changes.ts'
import type { Change } from './live/sale.ts'
import { festivalOf, hereOf, type OrganiserLivePageDeps, refuse, roomApi } from './organiser-page.ts'
import { type OrganiserLiveText, organiserLiveText } from './text/organiser-live.ts'

const CHANGES_SHOWN = 30

/** Who may do what, and who did what. */
export function createOrganiserAccountPages({ api, assets, festivals }: OrganiserLivePageDeps) {
  const app = new Hono<PageEnv>()

  app.get('/organiser/accounts', async (c) => {
    const q = cutText((c.req.query('q') ?? '').trim(), 254)
    const search = new URLSearchParams({ q })
    const found =
      q.length < ADDRESS_CHARACTERS_MIN
        ? undefined
        : await api<{ accounts: AdminAccount[] }>(c, { method: 'GET', path: `/api/admin/accounts?${search}` })
    if (found?.ok === false) return refuse(c, found, hereOf(c))
    // The empty page too is for operators alone.
    const me = await api<Me>(c, { method: 'GET', path: '/api/me' })
    if (!me.ok) return refuse(c, me, hereOf(c))
    if (!me.body.roles.includes('operator'))
      throw new Problem('forbidden', 'This is for operators of the installation')
    const context = pageContext(c, assets)
    c.header('cache-control', 'no-store')
    return c.html(
      accountsPage(context, {
        q,
        accounts: found?.ok === true ? found.body.accounts : undefined,
        said: saidOf(c.req.query('said'), organiserLiveText[context.language]),
      }),
    )
  })

  app.post('/organiser/accounts/:account', async (c) => {
    const { q, role, give } = await c.req.parseBody()
    const back = `/organiser/accounts?${new URLSearchParams({ q: typeof q === 'string' ? q : '' })}`
    const given = GIVEN_ROLES.find((each) => each === role)
    if (given === undefined) return c.redirect(back, 303)
    const answer = await api(c, {
      method: 'PATCH',
      path: `/api/admin/accounts/${encodeURIComponent(c.req.param('account'))}`,
      body: { [given]: give === 'yes' },
    })
    if (!answer.ok && (answer.status === 401 || answer.status === 403)) return refuse(c, answer, back)
    return c.redirect(`${back}&said=${answer.ok ? 'given' : answer.problem.code}`, 303)
  })

  app.get('/organiser/changes', async (c) => {
    const before = c.req.query('before')
    const answer = await api<{ changes: Change[] }>(c, {
      method: 'GET',
      path: `/api/admin/changes?${pageOf(before)}`,
    })
    if (!answer.ok) return refuse(c, answer, hereOf(c))
    const { changes } = answer.body
    const older = olderThan(changes, '/organiser/changes')
    c.header('cache-control', 'no-store')
    return c.html(allChangesPage(pageContext(c, assets), { changes, older, paged: before !== undefined }))
  })

  app.get('/organiser/festivals/:festival/changes', async (c) => {
    const by = c.req.query('account')
    const before = c.req.query('before')
    const answer = await api<{ changes: Change[] }>(c, {
      method: 'GET',
      path: `${roomApi(c)}/changes?${pageOf(before, by)}`,
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

function saidOf(said: string | undefined, text: OrganiserLiveText) {
  if (said === undefined) return undefined
  if (said === 'given') return { good: text.given }
  if (said === 'account-unproven') return { bad: text.unproven }
  return { bad: said === 'conflict' ? text.own : text.failed }
}

function pageOf(before: string | undefined, account?: string): URLSearchParams {
  return new URLSearchParams({
    limit: String(CHANGES_SHOWN),
    ...(before === undefined ? {} : { before }),
    ...(account === undefined ? {} : { account }),
  })
}

function olderThan(changes: readonly Change[], path: string, account?: string): string | undefined {
  const last = changes.at(-1)
  return last === undefined || changes.length < CHANGES_SHOWN
    ? undefined
    : `${path}?${new URLSearchParams({ ...(account === undefined ? {} : { account }), before: String(last.id) })}`
}
