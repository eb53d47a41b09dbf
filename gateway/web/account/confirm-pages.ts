import { type Context, Hono } from 'hono'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import {
  confirmByCodeRoute,
  confirmByLinkRoute,
  renewSessionRoute,
  requestConfirmationRoute,
} from '../../../shared/api/email-confirmations.ts'
import { readOwnCookie } from '../../../shared/http/cookies.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { type GatewayVerifiers, sessionOf } from '../../api/auth/credentials.ts'
import type { ApiAnswer } from '../../api/page-api.ts'
import { ownPath, type PageEnv } from '../layout/page-context.ts'
import { signInFirst, signInOrFail } from '../layout/sign-in-first.ts'
import {
  type ConfirmForm,
  confirmationError,
  confirmedPage,
  confirmLinkPage,
  confirmPage,
} from './accounts-confirm.ts'
import { type DeadlineDeps, timedContext } from './visitors-deadline.ts'

const PATH = '/confirm-email'

/** Confirming an e-mail address by the code or the link of an e-mail, with forms that need no script. */
export function createConfirmPageRoutes(deps: DeadlineDeps & { verifiers: GatewayVerifiers }) {
  const { api, verifiers } = deps
  const app = new Hono<PageEnv>()
  const context = (c: Context<PageEnv>) => timedContext(deps, c)

  app.get(PATH, async (c) => {
    c.header('cache-control', 'no-store')
    const token = c.req.query('token')
    if (token !== undefined) return c.html(confirmLinkPage(await context(c), { token }))
    const next = ownPath(c.req.query('next'))
    const me = await readMe(c)
    if (!me.ok) return signInOrFail(c, me, pathFor(next))
    if (!me.body.proven) {
      const sent = c.req.query('sent') !== undefined
      return c.html(confirmPage(await context(c), { next, email: me.body.email, sent }))
    }
    await renewSession(c)
    return next === '/' ? c.html(confirmedPage(await context(c))) : c.redirect(next, 303)
  })

  app.post(PATH, async (c) => {
    const text = await readForm(c)
    const next = ownPath(text('next'))
    // The code may be typed or pasted with spaces, or in full-width digits of an Asian keyboard.
    const code = text('code').normalize('NFKC').replaceAll(/\D/g, '').slice(0, 20)
    const answer = await api(c, confirmByCodeRoute, { body: { code } })
    if (!answer.ok) return refuse(c, answer, next)
    passCookies(c, answer.cookies)
    return c.redirect(next === '/' ? PATH : next, 303)
  })

  app.post(`${PATH}/send`, async (c) => {
    const next = ownPath((await readForm(c))('next'))
    const body = { language: c.get('language') }
    const answer = await api(c, requestConfirmationRoute, { body })
    if (!answer.ok) return refuse(c, answer, next)
    return c.redirect(`${pathFor(next, 'sent&')}`, 303)
  })

  app.post(`${PATH}/link`, async (c) => {
    const token = (await readForm(c))('token').slice(0, 100)
    const answer = await api(c, confirmByLinkRoute, { body: { token } })
    c.header('cache-control', 'no-store')
    if (answer.ok) {
      passCookies(c, answer.cookies)
      return c.html(confirmedPage({ ...(await context(c)), path: PATH }))
    }
    // A link confirms only the account that is signed in where it is opened.
    if (answer.status === 401) return signInFirst(c, `${PATH}?token=${encodeURIComponent(token)}`)
    const found = confirmationError(answer.problem)
    // A malformed token is not a validation error of a visible field.
    const error = found === 'wrongFormat' || found === 'ended' ? 'linkEnded' : found
    return c.html(confirmLinkPage({ ...(await context(c)), path: PATH }, { token, error }), 422)
  })

  return app

  function readMe(c: Context<PageEnv>) {
    return api(c, readMeRoute)
  }

  function sessionIn(c: Context<PageEnv>) {
    return sessionOf(verifiers, readOwnCookie(c, SESSION_COOKIE))
  }

  /** Gives this browser a session that carries the proof, if the address was confirmed on another device. */
  async function renewSession(c: Context<PageEnv>): Promise<void> {
    if (sessionIn(c)?.proof !== undefined) return
    const answer = await api(c, renewSessionRoute)
    if (answer.ok) passCookies(c, answer.cookies)
  }

  async function refuse(
    c: Context<PageEnv>,
    answer: Extract<ApiAnswer<unknown>, { ok: false }>,
    next: string,
  ): Promise<Response> {
    const me = await readMe(c)
    if (!me.ok) return signInOrFail(c, me, pathFor(next))
    c.header('cache-control', 'no-store')
    const error = confirmationError(answer.problem)
    const form: ConfirmForm = { next, email: me.body.email, error, sent: false }
    // Target of the language switch: form actions cannot be opened with GET.
    return c.html(confirmPage({ ...(await context(c)), path: pathFor(next) }, form), 422)
  }
}

function pathFor(next: string, flags = ''): string {
  return `${PATH}?${flags}next=${encodeURIComponent(next)}`
}

async function readForm(c: Context<PageEnv>): Promise<(name: string) => string> {
  const form = await c.req.parseBody()
  return (name) => {
    const value = form[name]
    return typeof value === 'string' ? value : ''
  }
}

function passCookies(c: Context<PageEnv>, cookies: readonly string[]): void {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
}
