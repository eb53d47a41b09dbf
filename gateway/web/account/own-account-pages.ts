import { type Context, Hono } from 'hono'
import { readMeRoute, signOutEverywhereRoute } from '../../../shared/api/accounts.ts'
import { changePasswordRoute } from '../../../shared/api/passwords.ts'
import { forgetRooms } from '../../api/auth/forget-place.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { signInOrFail } from '../layout/sign-in-first.ts'
import { proofOf, readForm } from './account-form.ts'
import { errorsOf } from './accounts-form.ts'
import { accountPage } from './accounts-mine.ts'
import { type BeginDeps, redirectWith } from './begin-session.ts'
import { timedContext } from './visitors-deadline.ts'

export const ACCOUNT_PATH = '/me/account'

/** The account of the signed-in user: its password, and signing out everywhere. */
export function createOwnAccountPages(deps: BeginDeps) {
  const { api } = deps
  const app = new Hono<PageEnv>()

  app.get(ACCOUNT_PATH, async (c) => {
    const me = await api(c, readMeRoute)
    if (!me.ok) return signInOrFail(c, me, ACCOUNT_PATH)
    c.header('cache-control', 'no-store')
    const changed = c.req.query('done') === 'password'
    return c.html(accountPage(await timedContext(deps, c), { me: me.body, errors: {}, changed }))
  })

  app.post(`${ACCOUNT_PATH}/password`, (c) => changePassword(deps, c))

  app.post(`${ACCOUNT_PATH}/sign-out`, async (c) => {
    const answer = await api(c, signOutEverywhereRoute)
    if (!answer.ok) return signInOrFail(c, answer, ACCOUNT_PATH)
    forgetRooms(c)
    return redirectWith(c, answer.cookies, '/sign-in?done=everywhere')
  })

  return app
}

async function changePassword(deps: BeginDeps, c: Context<PageEnv>): Promise<Response> {
  const text = await readForm(c)
  const passwords = { current: text('current'), password: text('password') }
  const body = { ...passwords, language: c.get('language'), ...proofOf(text) }
  const answer = await deps.api(c, changePasswordRoute, { body })
  if (answer.ok) return redirectWith(c, answer.cookies, `${ACCOUNT_PATH}?done=password`)
  if (answer.problem.code === 'second-factor-needed') return c.redirect('/me/security?needed', 303)
  const me = await deps.api(c, readMeRoute)
  if (!me.ok) return signInOrFail(c, me, ACCOUNT_PATH)
  c.header('cache-control', 'no-store')
  const errors = errorsOf(answer.problem)
  const context = { ...(await timedContext(deps, c)), path: ACCOUNT_PATH }
  return c.html(accountPage(context, { me: me.body, errors, changed: false }), 422)
}
