import { type Context, Hono } from 'hono'
import {
  readMeRoute,
  signInRoute,
  signOutEverywhereRoute,
  signOutRoute,
  signUpRoute,
} from '../../../shared/api/accounts.ts'
import { readDevelopmentMailRoute } from '../../../shared/api/development-mail.ts'
import { changePasswordRoute, completeResetRoute, requestResetRoute } from '../../../shared/api/passwords.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { answerChallengeRoute } from '../../../shared/api/second-factor.ts'
import type { BegunSession, Challenge } from '../../../shared/api/sessions.ts'
import { deleteOwnCookie, readOwnCookie } from '../../../shared/http/cookies.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { type GatewayVerifiers, sessionOf } from '../../api/auth/credentials.ts'
import { forgetRooms } from '../../api/auth/forget-place.ts'
import { forgetOthersPasses } from '../../api/auth/kept-passes.ts'
import type { ApiAnswer } from '../../api/page-api.ts'
import { ownPath, type PageEnv } from '../layout/page-context.ts'
import { signInOrFail } from '../layout/sign-in-first.ts'
import { type AccountForm, SIGNED_OUT, type SignedOut, signInPage, signUpPage } from './accounts.ts'
import { faultsOf } from './accounts-form.ts'
import { mailPage } from './accounts-mail.ts'
import { accountPage } from './accounts-mine.ts'
import { forgotPage, newPasswordPage, sentPage } from './accounts-password.ts'
import { signInCodePage } from './accounts-security.ts'
import { readCode, securityFault } from './security-pages.ts'
import { type DeadlineDeps, timedContext } from './visitors-deadline.ts'

const ACCOUNT_PATH = '/me/account'

/** A session as the API returns it. */
type Begun = BegunSession | Challenge

/** Pages for signing in, up and out, for passwords and the account, with forms that need no script. */
export function createAccountPageRoutes(deps: DeadlineDeps & { verifiers: GatewayVerifiers }) {
  const { api, verifiers } = deps
  const app = new Hono<PageEnv>()
  const context = (c: Context<PageEnv>) => timedContext(deps, c)

  app.get('/sign-in', async (c) => {
    const form = emptyForm(c)
    if (c.req.query('begun') === undefined) {
      return c.html(signInPage(await context(c), form, signedOutOf(c.req.query('done'))))
    }
    // A session has just begun: continue if its cookie came back, or explain that this browser stores none.
    c.header('cache-control', 'no-store')
    if (readOwnCookie(c, SESSION_COOKIE) !== undefined) return c.redirect(await landingOf(c, form.next), 303)
    return c.html(signInPage(await context(c), { ...form, faults: { general: 'cookies' } }))
  })
  app.get('/sign-up', async (c) => c.html(signUpPage(await context(c), emptyForm(c))))

  app.post('/sign-in', async (c) => {
    const text = await readForm(c)
    const [email, password] = [text('email'), text('password')]
    const answer = await api(c, signInRoute, { body: { email, password, ...proofOf(text) } })
    const form = { next: ownPath(text('next')), email, name: '' }
    if (answer.ok) return begin(c, answer, form.next)
    return c.html(
      signInPage(await contextAt(c, '/sign-in', form), { ...form, faults: faultsOf(answer.problem) }),
      422,
    )
  })

  app.post('/sign-in/code', async (c) => {
    const text = await readCode(c)
    const form = { challenge: text('challenge'), next: ownPath(text('next')) }
    const answer = await api(c, answerChallengeRoute, { body: { token: form.challenge, code: text('code') } })
    if (answer.ok) return begin(c, answer, form.next)
    c.header('cache-control', 'no-store')
    const fault = securityFault(answer.problem.code, 'code')
    return c.html(signInCodePage(await contextAt(c, '/sign-in', form), { ...form, fault }), 422)
  })

  app.post('/sign-up', async (c) => {
    const text = await readForm(c)
    const [email, password, name] = [text('email'), text('password'), text('name')]
    const body = { email, password, name, language: c.get('language'), ...proofOf(text) }
    const answer = await api(c, signUpRoute, { body })
    const form = { next: ownPath(text('next')), email, name }
    // Continue to the page they came for, such as a place in the queue, or else to entering the code of the e-mail.
    if (answer.ok) return begin(c, answer, form.next === '/' ? '/confirm-email?sent' : form.next)
    return c.html(
      signUpPage(await contextAt(c, '/sign-up', form), { ...form, faults: faultsOf(answer.problem) }),
      422,
    )
  })

  app.post('/sign-out', async (c) => {
    const answer = await api(c, signOutRoute)
    forgetRooms(c)
    // The browser's session is cleared even if the origin could not end it.
    deleteOwnCookie(c, SESSION_COOKIE)
    const isOver = answer.ok || answer.status === 401
    // That page's script clears the tickets cached by the browser.
    return goOn(c, answer.ok ? answer.cookies : [], `/sign-in?done=${isOver ? 'here' : 'forgotten'}`)
  })

  app.get('/forgot-password', async (c) => {
    if (c.req.query('sent') !== undefined) return c.html(sentPage(await context(c)))
    return c.html(forgotPage(await context(c), { email: '', faults: {} }))
  })

  app.post('/forgot-password', async (c) => {
    const text = await readForm(c)
    const email = text('email')
    const body = { email, language: c.get('language'), ...proofOf(text) }
    const answer = await api(c, requestResetRoute, { body })
    if (answer.ok) return c.redirect('/forgot-password?sent', 303)
    return c.html(forgotPage(await context(c), { email, faults: faultsOf(answer.problem) }), 422)
  })

  app.get('/new-password', async (c) => {
    c.header('cache-control', 'no-store')
    return c.html(newPasswordPage(await context(c), { token: c.req.query('token') ?? '', faults: {} }))
  })

  app.post('/new-password', async (c) => {
    const text = await readForm(c)
    const token = text('token')
    const body = { token, password: text('password'), language: c.get('language'), ...proofOf(text) }
    const answer = await api(c, completeResetRoute, { body })
    if (answer.ok) return begin(c, answer, `${ACCOUNT_PATH}?done=password`)
    const faults = faultsOf(answer.problem)
    // A malformed token is not a validation error of a visible field.
    const shown = faults.general === 'invalid' ? { general: 'ended' as const } : faults
    c.header('cache-control', 'no-store')
    // Target of the language switch: form actions cannot be opened with GET.
    const path = `/new-password?token=${encodeURIComponent(token)}`
    return c.html(newPasswordPage({ ...(await context(c)), path }, { token, faults: shown }), 422)
  })

  app.get(ACCOUNT_PATH, async (c) => {
    const me = await readMe(c)
    if (!me.ok) return signInOrFail(c, me, ACCOUNT_PATH)
    c.header('cache-control', 'no-store')
    const changed = c.req.query('done') === 'password'
    return c.html(accountPage(await context(c), { me: me.body, faults: {}, changed }))
  })

  app.post(`${ACCOUNT_PATH}/password`, async (c) => {
    const text = await readForm(c)
    const passwords = { current: text('current'), password: text('password') }
    const body = { ...passwords, language: c.get('language'), ...proofOf(text) }
    const answer = await api(c, changePasswordRoute, { body })
    if (answer.ok) return goOn(c, answer.cookies, `${ACCOUNT_PATH}?done=password`)
    if (answer.problem.code === 'second-factor-needed') return c.redirect('/me/security?needed', 303)
    const me = await readMe(c)
    if (!me.ok) return signInOrFail(c, me, ACCOUNT_PATH)
    c.header('cache-control', 'no-store')
    const faults = faultsOf(answer.problem)
    const path = ACCOUNT_PATH
    return c.html(accountPage({ ...(await context(c)), path }, { me: me.body, faults, changed: false }), 422)
  })

  app.post(`${ACCOUNT_PATH}/sign-out`, async (c) => {
    const answer = await api(c, signOutEverywhereRoute)
    if (!answer.ok) return signInOrFail(c, answer, ACCOUNT_PATH)
    forgetRooms(c)
    return goOn(c, answer.cookies, '/sign-in?done=everywhere')
  })

  app.get('/mail', async (c) => {
    const answer = await api(c, readDevelopmentMailRoute)
    if (!answer.ok) throw new Problem('not-found')
    c.header('cache-control', 'no-store')
    return c.html(mailPage(await context(c), answer.body.emails))
  })

  function readMe(c: Context<PageEnv>) {
    return api(c, readMeRoute)
  }

  /**
   * Members of teams who requested no particular page continue to their own page; fans, to the festivals or My page.
   */
  async function landingOf(c: Context<PageEnv>, next: string): Promise<string> {
    if (next !== '/' && next !== '/me') return next
    const me = await api(c, readMeRoute)
    const roles = me.ok ? me.body.roles : []
    if (roles.includes('organiser') || roles.includes('operator')) return '/organiser'
    return roles.includes('staff') ? '/staff' : next
  }

  /**
   * Continues with the new session. A pass in this browser belongs to another user, unless it is the account's own; a
   * place is preserved, since fans enter before they sign in, unless another account was signed in. Redirects through a
   * page that notices a refused session cookie, which would otherwise lead back to an empty form without an
   * explanation.
   */
  async function begin(c: Context<PageEnv>, answer: Extract<ApiAnswer<Begun>, { ok: true }>, next: string) {
    if ('challenge' in answer.body) {
      c.header('cache-control', 'no-store')
      const form = { challenge: answer.body.challenge, next }
      return c.html(signInCodePage(await contextAt(c, '/sign-in', form), form))
    }
    const account = answer.body.account.id
    const before = sessionOf(verifiers, readOwnCookie(c, SESSION_COOKIE))?.sub
    if (before !== undefined && before !== account) forgetRooms(c)
    else forgetOthersPasses(verifiers, c, account)
    return goOn(c, answer.cookies, `/sign-in?begun&next=${encodeURIComponent(next)}`)
  }

  /** Context whose path is the target of the language switch after a refused form, which cannot be opened with GET. */
  async function contextAt(c: Context<PageEnv>, path: string, { next }: { next: string }) {
    return { ...(await context(c)), path: next === '/' ? path : `${path}?next=${encodeURIComponent(next)}` }
  }

  return app
}

function signedOutOf(done: string | undefined): SignedOut | undefined {
  return SIGNED_OUT.find((each) => each === done)
}

function emptyForm(c: Context<PageEnv>): AccountForm {
  return { next: ownPath(c.req.query('next')), email: '', name: '', faults: {} }
}

/** A form's fields; empty for a missing field. */
async function readForm(c: Context<PageEnv>): Promise<(name: string) => string> {
  const form = await c.req.parseBody()
  return (name) => {
    const value = form[name]
    return typeof value === 'string' ? value : ''
  }
}

/** The solved challenge of a form that was refused before; an unreadable one counts as none. */
function proofOf(text: (name: string) => string): { proof?: unknown } {
  try {
    return { proof: JSON.parse(text('proof')) as unknown }
  } catch {
    return {}
  }
}

function goOn(c: Context<PageEnv>, cookies: readonly string[], next: string): Response {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
  return c.redirect(next, 303)
}
