import { type Context, Hono } from 'hono'
import { readMeRoute, signInRoute, signOutRoute, signUpRoute } from '../../../shared/api/accounts.ts'
import { answerChallengeRoute } from '../../../shared/api/second-factor.ts'
import { deleteOwnCookie, readOwnCookie } from '../../../shared/http/cookies.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { forgetRooms } from '../../api/auth/forget-place.ts'
import type { Api } from '../../api/page-api.ts'
import { ownPath, type PageEnv } from '../layout/page-context.ts'
import { proofOf, readForm } from './account-form.ts'
import { type AccountForm, SIGNED_OUT, type SignedOut, signInPage, signUpPage } from './accounts.ts'
import { errorsOf } from './accounts-form.ts'
import { signInCodePage } from './accounts-security.ts'
import { type BeginDeps, beginSession, contextAt, redirectWith } from './begin-session.ts'
import { readCode, securityError } from './security-pages.ts'
import { timedContext } from './visitors-deadline.ts'

export function createSignInPages(deps: BeginDeps) {
  const app = new Hono<PageEnv>()
  app.get('/sign-in', (c) => showSignIn(deps, c))
  app.post('/sign-in', (c) => signIn(deps, c))
  app.post('/sign-in/code', (c) => answerChallenge(deps, c))
  app.get('/sign-up', async (c) => c.html(signUpPage(await timedContext(deps, c), emptyForm(c))))
  app.post('/sign-up', (c) => signUp(deps, c))
  app.post('/sign-out', (c) => signOut(deps, c))
  return app
}

async function showSignIn(deps: BeginDeps, c: Context<PageEnv>): Promise<Response> {
  const form = emptyForm(c)
  if (c.req.query('begun') === undefined) {
    return c.html(signInPage(await timedContext(deps, c), form, signedOutOf(c.req.query('done'))))
  }
  // A session has just begun: continue if its cookie came back, or explain that this browser stores none.
  c.header('cache-control', 'no-store')
  if (readOwnCookie(c, SESSION_COOKIE) !== undefined)
    return c.redirect(await landingOf(deps.api, c, form.next), 303)
  return c.html(signInPage(await timedContext(deps, c), { ...form, errors: { general: 'cookies' } }))
}

/** Members of teams who requested no particular page continue to their own page; fans, to the festivals or My page. */
async function landingOf(api: Api, c: Context<PageEnv>, next: string): Promise<string> {
  if (next !== '/' && next !== '/me') return next
  const me = await api(c, readMeRoute)
  const roles = me.ok ? me.body.roles : []
  if (roles.includes('organiser') || roles.includes('operator')) return '/organiser'
  return roles.includes('staff') ? '/staff' : next
}

async function signIn(deps: BeginDeps, c: Context<PageEnv>): Promise<Response> {
  const text = await readForm(c)
  const [email, password] = [text('email'), text('password')]
  const answer = await deps.api(c, signInRoute, { body: { email, password, ...proofOf(text) } })
  const form = { next: ownPath(text('next')), email, name: '' }
  if (answer.ok) return beginSession(deps, c, answer, form.next)
  const context = await contextAt(deps, c, '/sign-in', form)
  return c.html(signInPage(context, { ...form, errors: errorsOf(answer.problem) }), 422)
}

async function answerChallenge(deps: BeginDeps, c: Context<PageEnv>): Promise<Response> {
  const text = await readCode(c)
  const form = { challenge: text('challenge'), next: ownPath(text('next')) }
  const body = { token: form.challenge, code: text('code') }
  const answer = await deps.api(c, answerChallengeRoute, { body })
  if (answer.ok) return beginSession(deps, c, answer, form.next)
  c.header('cache-control', 'no-store')
  const error = securityError(answer.problem.code, 'code')
  return c.html(signInCodePage(await contextAt(deps, c, '/sign-in', form), { ...form, error }), 422)
}

async function signUp(deps: BeginDeps, c: Context<PageEnv>): Promise<Response> {
  const text = await readForm(c)
  const [email, password, name] = [text('email'), text('password'), text('name')]
  const body = { email, password, name, language: c.get('language'), ...proofOf(text) }
  const answer = await deps.api(c, signUpRoute, { body })
  const form = { next: ownPath(text('next')), email, name }
  // Continue to the page they came for, such as a place in the queue, or else to entering the code of the e-mail.
  if (answer.ok) return beginSession(deps, c, answer, form.next === '/' ? '/confirm-email?sent' : form.next)
  const context = await contextAt(deps, c, '/sign-up', form)
  return c.html(signUpPage(context, { ...form, errors: errorsOf(answer.problem) }), 422)
}

async function signOut({ api }: BeginDeps, c: Context<PageEnv>): Promise<Response> {
  const answer = await api(c, signOutRoute)
  forgetRooms(c)
  // The browser's session is cleared even if the origin could not end it.
  deleteOwnCookie(c, SESSION_COOKIE)
  const isOver = answer.ok || answer.status === 401
  // That page's script clears the tickets cached by the browser.
  const next = `/sign-in?done=${isOver ? 'here' : 'forgotten'}`
  return redirectWith(c, answer.ok ? answer.cookies : [], next)
}

function signedOutOf(done: string | undefined): SignedOut | undefined {
  return SIGNED_OUT.find((each) => each === done)
}

function emptyForm(c: Context<PageEnv>): AccountForm {
  return { next: ownPath(c.req.query('next')), email: '', name: '', errors: {} }
}
