import { type Context, Hono } from 'hono'
import { readMeRoute, signInRoute, signUpRoute } from '../../../shared/api/accounts.ts'
import { readDevelopmentMailRoute } from '../../../shared/api/development-mail.ts'
import { completeResetRoute } from '../../../shared/api/passwords.ts'
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

/** A session as the API has begun it. */
type Begun = BegunSession | Challenge

/** Signing in, up and out, passwords, the account: by forms that need no script. */
export function createAccountPageRoutes(deps: DeadlineDeps & { verifiers: GatewayVerifiers }) {
  const { api, verifiers } = deps
  const app = new Hono<PageEnv>()
  const context = (c: Context<PageEnv>) => timedContext(deps, c)

  app.get('/sign-in', async (c) => {
    const form = emptyForm(c)
    if (c.req.query('begun') === undefined) {
      return c.html(signInPage(await context(c), form, signedOutOf(c.req.query('done'))))
    }
    // A session has just begun: go on if its cookie came back, or say that this browser keeps none.
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
    // Straight on to what they came for, such as a place in line; otherwise to the code that is on its way.
    if (answer.ok) return begin(c, answer, form.next === '/' ? '/confirm-email?sent' : form.next)
    return c.html(
      signUpPage(await contextAt(c, '/sign-up', form), { ...form, faults: faultsOf(answer.problem) }),
      422,
    )
  })

  app.post('/sign-out', async (c) => {
    const answer = await api(c, { method: 'DELETE', path: '/api/sessions/current' })
    forgetRooms(c)
    // This browser forgets the session, whatever becomes of it at the origin.
    deleteOwnCookie(c, SESSION_COOKIE)
    const isOver = answer.ok || answer.status === 401
    // That page's script forgets what the browser has kept of their tickets.
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
    const answer = await api(c, { method: 'POST', path: '/api/password-resets', body })
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
    // A token of another length than ours is no mistake in a field that anyone sees.
    const shown = faults.general === 'invalid' ? { general: 'ended' as const } : faults
    c.header('cache-control', 'no-store')
    // Where a switch of the language comes back to: forms have no page of their own.
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
    const answer = await api(c, { method: 'PUT', path: '/api/me/password', body })
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
    const answer = await api(c, { method: 'DELETE', path: '/api/sessions' })
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
   * Goes on as who has just signed in. A pass in this browser is another's, unless it is theirs from before; a place is
   * kept, which people take before they sign in, unless somebody else was signed in. By way of a page that notices when
   * the browser has refused the session's cookie, which would otherwise lead back to an empty form without a word.
   */
  /** Who works here and came for nothing in particular goes on to their own page; fans, to the festivals or My page. */
  async function landingOf(c: Context<PageEnv>, next: string): Promise<string> {
    if (next !== '/' && next !== '/me') return next
    const me = await api(c, readMeRoute)
    const roles = me.ok ? me.body.roles : []
    if (roles.includes('organiser') || roles.includes('operator')) return '/organiser'
    return roles.includes('staff') ? '/staff' : next
  }

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

  /** Where a switch of the language comes back to from a form that was refused: it has no page of its own. */
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

/** What a form's fields say; nothing for a field that is not there. */
async function readForm(c: Context<PageEnv>): Promise<(name: string) => string> {
  const form = await c.req.parseBody()
  return (name) => {
    const value = form[name]
    return typeof value === 'string' ? value : ''
  }
}

/** The solved challenge of a form that was refused before; one that cannot be read is none. */
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
