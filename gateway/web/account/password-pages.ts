import { type Context, Hono } from 'hono'
import { completeResetRoute, requestResetRoute } from '../../../shared/api/passwords.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { proofOf, readForm } from './account-form.ts'
import { errorsOf } from './accounts-form.ts'
import { forgotPage, newPasswordPage, sentPage } from './accounts-password.ts'
import { type BeginDeps, beginSession } from './begin-session.ts'
import { ACCOUNT_PATH } from './own-account-pages.ts'
import { timedContext } from './visitors-deadline.ts'

/** For a forgotten password: requesting an e-mail, and choosing a new one by its link. */
export function createPasswordPages(deps: BeginDeps) {
  const app = new Hono<PageEnv>()

  app.get('/forgot-password', async (c) => {
    const context = await timedContext(deps, c)
    if (c.req.query('sent') !== undefined) return c.html(sentPage(context))
    return c.html(forgotPage(context, { email: '', errors: {} }))
  })

  app.post('/forgot-password', async (c) => {
    const text = await readForm(c)
    const email = text('email')
    const body = { email, language: c.get('language'), ...proofOf(text) }
    const answer = await deps.api(c, requestResetRoute, { body })
    if (answer.ok) return c.redirect('/forgot-password?sent', 303)
    const errors = errorsOf(answer.problem)
    return c.html(forgotPage(await timedContext(deps, c), { email, errors }), 422)
  })

  app.get('/new-password', async (c) => {
    c.header('cache-control', 'no-store')
    const token = c.req.query('token') ?? ''
    return c.html(newPasswordPage(await timedContext(deps, c), { token, errors: {} }))
  })

  app.post('/new-password', (c) => setPassword(deps, c))

  return app
}

async function setPassword(deps: BeginDeps, c: Context<PageEnv>): Promise<Response> {
  const text = await readForm(c)
  const token = text('token')
  const body = { token, password: text('password'), language: c.get('language'), ...proofOf(text) }
  const answer = await deps.api(c, completeResetRoute, { body })
  if (answer.ok) return beginSession(deps, c, answer, `${ACCOUNT_PATH}?done=password`)
  const errors = errorsOf(answer.problem)
  // A malformed token is not a validation error of a visible field.
  const shown = errors.general === 'invalid' ? { general: 'ended' as const } : errors
  c.header('cache-control', 'no-store')
  // Target of the language switch: form actions cannot be opened with GET.
  const path = `/new-password?token=${encodeURIComponent(token)}`
  return c.html(newPasswordPage({ ...(await timedContext(deps, c)), path }, { token, errors: shown }), 422)
}
