import { randomUUID } from 'node:crypto'
import { call } from '../../../tests/e2e/http.ts'
import { visitorWho } from './actor.ts'
import { ALERT, type Scene, type Stage, scene, sendForm, type Visitor } from './scene.ts'
import { makeAccount, until } from './stage-sale.ts'

/** More attempts than the gateway's default limit for one account from one network. */
const TRIES = 11
/** A documentation address (RFC 5737). The loopback network has no limits. */
const NETWORK = '203.0.113.7'

/** Signing in and up, passwords, the account, and the e-mails of a system that sends none. */
export async function stageAccounts(stage: Stage, someone: Visitor): Promise<Scene[]> {
  const nobody = await visitorWho(stage, async () => {})
  const tried = await makeAccount(stage.system, 'fan')
  for (let i = 0; i < TRIES; i += 1) {
    await call(stage.system.gatewayUrl, 'POST', '/api/sessions', {
      body: { ...tried, password: `not this ${i}` },
      headers: { 'x-forwarded-for': NETWORK },
    })
  }
  const password = 'a password like others'
  return [
    scene('sign-in', '/sign-in', nobody),
    {
      ...scene('sign-in-failed', '/sign-in', nobody, ALERT),
      act: (page) => sendForm({ '#email': `${randomUUID()}@naru.test`, '#password': password })(page),
    },
    {
      ...scene('sign-in-too-many', '/sign-in', nobody, ALERT),
      from: NETWORK,
      act: sendForm({ '#email': tried.email, '#password': tried.password }),
    },
    scene('sign-up', '/sign-up', nobody),
    {
      ...scene('sign-up-faults', '/sign-up', nobody, ALERT),
      // A name of nothing but spaces, and an address that a browser takes and the API does not.
      act: sendForm({ '#name': '  ', '#email': 'haneul@naru', '#password': password }),
    },
    scene('forgot-password', '/forgot-password', nobody),
    scene('forgot-password-sent', '/forgot-password?sent', nobody),
    scene('new-password', await resetPath(stage), nobody),
    {
      ...scene('new-password-ended', `/new-password?token=${'x'.repeat(43)}`, nobody, ALERT),
      act: sendForm({ '#password': password }),
    },
    scene('account', '/me/account', someone),
    scene('account-changed', '/me/account?done=password', someone, '.notice.good'),
    {
      ...scene('account-wrong', '/me/account', someone, ALERT),
      act: sendForm({ '#current': 'not this one', '#password': password }),
    },
    scene('account-security', '/me/security?needed', someone),
    scene('invitation', `/invitation?token=${'x'.repeat(43)}`, someone),
    scene('mail', '/mail', nobody),
  ]
}

/** Where the link of an e-mail leads, to somebody who asked for it. */
async function resetPath({ system }: Pick<Stage, 'system'>): Promise<string> {
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
