import { type Context, Hono } from 'hono'
import {
  beginSecondFactorRoute,
  confirmSecondFactorRoute,
  readSecondFactorRoute,
  removeSecondFactorRoute,
  renewRecoveryCodesRoute,
} from '../../../shared/api/second-factor.ts'
import type { Api, ApiAnswer } from '../../api/page-api.ts'
import type { Assets } from '../assets/assets.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { signInOrFail } from '../layout/sign-in-first.ts'
import { enrolPage, recoveryCodesPage, type SecurityPage, securityPage } from './accounts-security.ts'
import { sendCookies } from './begin-session.ts'
import type { SecurityError } from './text/security.ts'

const PATH = '/me/security'
const CODE_CHARACTERS_MAX = 40

const ERRORS: Readonly<Record<string, SecurityError>> = {
  'password-wrong': 'password',
  'code-wrong': 'code',
  'challenge-ended': 'ended',
  'too-many': 'tooMany',
}

/** Why a form about a second factor was refused; a field that the API cannot read counts as wrong. */
export function securityError(code: string, unreadable: SecurityError): SecurityError {
  return code === 'invalid-input' ? unreadable : (ERRORS[code] ?? 'failed')
}

/** The typed code. */
export async function readCode(c: Context): Promise<(name: string) => string> {
  const form = await c.req.parseBody()
  return (name) => {
    const value = form[name]
    if (typeof value !== 'string') return ''
    return name === 'code' ? value.trim().slice(0, CODE_CHARACTERS_MAX) : value
  }
}

/** Setting up and removing a second factor, with forms that need no script. */
export function createSecurityPageRoutes({ api, assets }: { api: Api; assets: Assets }) {
  const app = new Hono<PageEnv>()

  app.get(PATH, async (c) => {
    const needed = c.req.query('needed') !== undefined
    return await show(c, { needed, removed: c.req.query('done') === 'removed' })
  })

  app.post(PATH, async (c) => {
    const password = (await readCode(c))('password')
    const answer = await api(c, beginSecondFactorRoute, { body: { password } })
    if (!answer.ok) return await refuse(c, answer, 'password')
    c.header('cache-control', 'no-store')
    return c.html(enrolPage(contextOf(c), { shown: answer.body }))
  })

  app.post(`${PATH}/confirm`, async (c) => {
    const code = (await readCode(c))('code')
    const answer = await api(c, confirmSecondFactorRoute, { body: { code } })
    c.header('cache-control', 'no-store')
    if (answer.ok) {
      sendCookies(c, answer.cookies)
      return c.html(recoveryCodesPage(contextOf(c), answer.body.recoveryCodes))
    }
    const error = securityError(answer.problem.code, 'code')
    if (error !== 'code') return await refuse(c, answer, 'code')
    return c.html(enrolPage(contextOf(c), { error: 'codeAgain' }), 422)
  })

  app.post(`${PATH}/remove`, async (c) => {
    const code = (await readCode(c))('code')
    const answer = await api(c, removeSecondFactorRoute, { body: { code } })
    if (!answer.ok) return await refuse(c, answer, 'code', 'remove')
    sendCookies(c, answer.cookies)
    return c.redirect(`${PATH}?done=removed`, 303)
  })

  app.post(`${PATH}/renew`, async (c) => {
    const code = (await readCode(c))('code')
    const answer = await api(c, renewRecoveryCodesRoute, { body: { code } })
    if (!answer.ok) return await refuse(c, answer, 'code', 'renew')
    c.header('cache-control', 'no-store')
    return c.html(recoveryCodesPage(contextOf(c), answer.body.recoveryCodes))
  })

  return app

  async function show(
    c: Context<PageEnv>,
    more: Omit<SecurityPage, 'factor'>,
    status: 200 | 422 = 200,
  ): Promise<Response> {
    const factor = await api(c, readSecondFactorRoute)
    if (!factor.ok) return signInOrFail(c, factor, PATH)
    c.header('cache-control', 'no-store')
    const needed = more.needed && !factor.body.isUsed
    return c.html(securityPage(contextOf(c), { ...more, needed, factor: factor.body }), status)
  }

  function refuse(
    c: Context<PageEnv>,
    answer: Extract<ApiAnswer<unknown>, { ok: false }>,
    unreadable: SecurityError,
    form?: SecurityPage['form'],
  ): Promise<Response> | Response {
    if (answer.status === 401) return signInOrFail(c, answer, PATH)
    return show(c, { needed: false, error: securityError(answer.problem.code, unreadable), form }, 422)
  }

  /** Target of the language switch: form actions cannot be opened with GET. */
  function contextOf(c: Context<PageEnv>) {
    return { ...pageContext(c, assets), path: PATH }
  }
}
