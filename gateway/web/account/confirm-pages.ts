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
import { readForm } from './account-form.ts'
import {
  type ConfirmForm,
  confirmationError,
  confirmedPage,
  confirmLinkPage,
  confirmPage,
} from './accounts-confirm.ts'
import { redirectWith, sendCookies } from './begin-session.ts'
import { type DeadlineDeps, timedContext } from './visitors-deadline.ts'

const PATH = '/confirm-email'

type ConfirmDeps = DeadlineDeps & { verifiers: GatewayVerifiers }

/** Confirming an e-mail address by the code or the link of an e-mail, with forms that need no script. */
export function createConfirmPageRoutes(deps: ConfirmDeps) {
  const app = new Hono<PageEnv>()
  app.get(PATH, (c) => showConfirm(deps, c))
  app.post(PATH, (c) => confirmByCode(deps, c))
  app.post(`${PATH}/send`, (c) => sendCode(deps, c))
  app.post(`${PATH}/link`, (c) => confirmByLink(deps, c))
  return app
}

async function showConfirm(deps: ConfirmDeps, c: Context<PageEnv>): Promise<Response> {
  c.header('cache-control', 'no-store')
  const token = c.req.query('token')
  if (token !== undefined) return c.html(confirmLinkPage(await timedContext(deps, c), { token }))
  const next = ownPath(c.req.query('next'))
  const me = await deps.api(c, readMeRoute)
  if (!me.ok) return signInOrFail(c, me, pathFor(next))
  if (!me.body.proven) {
    const sent = c.req.query('sent') !== undefined
    return c.html(confirmPage(await timedContext(deps, c), { next, email: me.body.email, sent }))
  }
  await renewSession(deps, c)
  return next === '/' ? c.html(confirmedPage(await timedContext(deps, c))) : c.redirect(next, 303)
}

async function confirmByCode(deps: ConfirmDeps, c: Context<PageEnv>): Promise<Response> {
  const text = await readForm(c)
  const next = ownPath(text('next'))
  // The code may be typed or pasted with spaces, or in full-width digits of an Asian keyboard.
  const code = text('code').normalize('NFKC').replaceAll(/\D/g, '').slice(0, 20)
  const answer = await deps.api(c, confirmByCodeRoute, { body: { code } })
  if (!answer.ok) return refuse(deps, c, answer, next)
  return redirectWith(c, answer.cookies, next === '/' ? PATH : next)
}

async function sendCode(deps: ConfirmDeps, c: Context<PageEnv>): Promise<Response> {
  const next = ownPath((await readForm(c))('next'))
  const body = { language: c.get('language') }
  const answer = await deps.api(c, requestConfirmationRoute, { body })
  if (!answer.ok) return refuse(deps, c, answer, next)
  return c.redirect(pathFor(next, 'sent&'), 303)
}

async function confirmByLink(deps: ConfirmDeps, c: Context<PageEnv>): Promise<Response> {
  const token = (await readForm(c))('token').slice(0, 100)
  const answer = await deps.api(c, confirmByLinkRoute, { body: { token } })
  c.header('cache-control', 'no-store')
  if (answer.ok) {
    sendCookies(c, answer.cookies)
    return c.html(confirmedPage({ ...(await timedContext(deps, c)), path: PATH }))
  }
  // A link confirms only the account that is signed in where it is opened.
  if (answer.status === 401) return signInFirst(c, `${PATH}?token=${encodeURIComponent(token)}`)
  const found = confirmationError(answer.problem)
  // A malformed token is not a validation error of a visible field.
  const error = found === 'wrongFormat' || found === 'ended' ? 'linkEnded' : found
  return c.html(confirmLinkPage({ ...(await timedContext(deps, c)), path: PATH }, { token, error }), 422)
}

/** Gives this browser a session that carries the proof, if the address was confirmed on another device. */
async function renewSession({ api, verifiers }: ConfirmDeps, c: Context<PageEnv>): Promise<void> {
  const session = sessionOf(verifiers, readOwnCookie(c, SESSION_COOKIE))
  if (session?.proof !== undefined) return
  const answer = await api(c, renewSessionRoute)
  if (answer.ok) sendCookies(c, answer.cookies)
}

async function refuse(
  deps: ConfirmDeps,
  c: Context<PageEnv>,
  answer: Extract<ApiAnswer<unknown>, { ok: false }>,
  next: string,
): Promise<Response> {
  const me = await deps.api(c, readMeRoute)
  if (!me.ok) return signInOrFail(c, me, pathFor(next))
  c.header('cache-control', 'no-store')
  const error = confirmationError(answer.problem)
  const form: ConfirmForm = { next, email: me.body.email, error, sent: false }
  // Target of the language switch: form actions cannot be opened with GET.
  return c.html(confirmPage({ ...(await timedContext(deps, c)), path: pathFor(next) }, form), 422)
}

function pathFor(next: string, flags = ''): string {
  return `${PATH}?${flags}next=${encodeURIComponent(next)}`
}
