import { type Context, Hono } from 'hono'
import { readDevelopmentMailRoute } from '../../../shared/api/development-mail.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { mailPage } from './accounts-mail.ts'
import type { BeginDeps } from './begin-session.ts'
import { createOwnAccountPages } from './own-account-pages.ts'
import { createPasswordPages } from './password-pages.ts'
import { createSignInPages } from './sign-in-pages.ts'
import { timedContext } from './visitors-deadline.ts'

/** Pages for signing in, up and out, for passwords and the account, with forms that need no script. */
export function createAccountPageRoutes(deps: BeginDeps) {
  const app = new Hono<PageEnv>()
  app.route('/', createSignInPages(deps))
  app.route('/', createPasswordPages(deps))
  app.route('/', createOwnAccountPages(deps))
  app.get('/mail', (c) => showDevelopmentMail(deps, c))
  return app
}

async function showDevelopmentMail(deps: BeginDeps, c: Context<PageEnv>): Promise<Response> {
  const answer = await deps.api(c, readDevelopmentMailRoute)
  if (!answer.ok) throw new Problem('not-found')
  c.header('cache-control', 'no-store')
  return c.html(mailPage(await timedContext(deps, c), answer.body.emails))
}
