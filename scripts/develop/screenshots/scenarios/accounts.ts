import { randomUUID } from 'node:crypto'
import { call } from '../../../tests/e2e/http.ts'
import { visitorAfter } from './client.ts'
import { ALERT, type Scenario, type Setup, scenario, sendForm, type Visitor } from './scenario.ts'
import { makeAccount, until } from './set-up-sale.ts'

/** More attempts than the gateway's default limit for one account from one network. */
const ATTEMPTS = 11
/** A documentation address (RFC 5737). The loopback network has no limits. */
const NETWORK = '203.0.113.7'

/** Signing in and up, passwords, the account, and the e-mails of a system that sends none. */
export async function setUpAccounts(setup: Setup, someone: Visitor): Promise<Scenario[]> {
  const anonymous = await visitorAfter(setup, async () => {})
  const tried = await makeAccount(setup.system, 'fan')
  for (let i = 0; i < ATTEMPTS; i += 1) {
    await call(setup.system.gatewayUrl, 'POST', '/api/sessions', {
      body: { ...tried, password: `not this ${i}` },
      headers: { 'x-forwarded-for': NETWORK },
    })
  }
  const password = 'a password like others'
  return [
    scenario('sign-in', '/sign-in', anonymous),
    {
      ...scenario('sign-in-failed', '/sign-in', anonymous, ALERT),
      act: (page) => sendForm({ '#email': `${randomUUID()}@naru.test`, '#password': password })(page),
    },
    {
      ...scenario('sign-in-too-many', '/sign-in', anonymous, ALERT),
      from: NETWORK,
      act: sendForm({ '#email': tried.email, '#password': tried.password }),
    },
    scenario('sign-up', '/sign-up', anonymous),
    {
      ...scenario('sign-up-faults', '/sign-up', anonymous, ALERT),
      // A name of nothing but spaces, and an address that a browser takes and the API does not.
      act: sendForm({ '#name': '  ', '#email': 'haneul@naru', '#password': password }),
    },
    scenario('forgot-password', '/forgot-password', anonymous),
    scenario('forgot-password-sent', '/forgot-password?sent', anonymous),
    scenario('new-password', await resetPath(setup), anonymous),
    {
      ...scenario('new-password-ended', `/new-password?token=${'x'.repeat(43)}`, anonymous, ALERT),
      act: sendForm({ '#password': password }),
    },
    scenario('account', '/me/account', someone),
    scenario('account-changed', '/me/account?done=password', someone, '.notice.good'),
    {
      ...scenario('account-wrong', '/me/account', someone, ALERT),
      act: sendForm({ '#current': 'not this one', '#password': password }),
    },
    scenario('account-security', '/me/security?needed', someone),
    scenario('invitation', `/invitation?token=${'x'.repeat(43)}`, someone),
    scenario('mail', '/mail', anonymous),
  ]
}

/** Where the link of an e-mail leads, to somebody who asked for it. */
async function resetPath({ system }: Pick<Setup, 'system'>): Promise<string> {
  const { email } = await makeAccount(system, 'fan')
  await call(system.gatewayUrl, 'POST', '/api/password-resets', { body: { email, language: 'en' } })
  let link: string | undefined
  await until(async () => {
    const { body } = await call(system.gatewayUrl, 'GET', '/api/mail')
    const { emails = [] } = body as { emails?: { to: string; text: string }[] }
    const found = emails.find(({ to, text }) => to.includes(email) && text.includes('/new-password'))
    link = found?.text.split(/\s/).find((word) => word.includes('/new-password'))
    return link !== undefined
  }, 'the e-mail')
  const { pathname, search } = new URL(link ?? '')
  return pathname + search
}
