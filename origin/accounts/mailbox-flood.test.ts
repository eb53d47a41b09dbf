import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  CONFIRMATIONS_OF_MAILBOX_PER_HOUR_MAX,
  SECURITY_NOTICES_OF_MAILBOX_PER_HOUR_MAX,
} from '../notifications/write-email.ts'
import { newFan } from '../testing/account-emails.ts'
import { another, useAccounts } from '../testing/accounts.ts'

const { call, signUp, signUpProven, deliver, emailsTo, latest, enter } = useAccounts()

/** Signs up repeatedly with one address in two spellings, and requests each account's code again. */
async function flood(local: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const email = `${local}${n % 2 === 0 ? '' : '+tag'}@naru.test`
    const { session } = await signUp({ email, password: `password number ${n}`, name: 'Flood' })
    await call('/me/email-confirmation', { token: session, body: {} })
  }
  await deliver()
}

describe('an attacker who has e-mails sent to the mailbox of another person', () => {
  it('has no more of them sent in an hour than the limit, with any number of accounts and spellings', async () => {
    const local = randomUUID()
    await flood(local, CONFIRMATIONS_OF_MAILBOX_PER_HOUR_MAX)
    const all = [...emailsTo(`${local}@naru.test`), ...emailsTo(`${local}+tag@naru.test`)]
    const withCode = all.filter(({ text }) => /^\d{6}$/m.test(text))
    expect(withCode).toHaveLength(CONFIRMATIONS_OF_MAILBOX_PER_HOUR_MAX)
    // A link for every account, to either spelling; twice where the slot of ten minutes has just changed.
    expect(all.length - withCode.length).toBeLessThanOrEqual(4)
  })

  it('does not prevent the owner from proving the address, who gets a link for their account alone', async () => {
    const local = randomUUID()
    const email = `${local}@naru.test`
    await flood(local, CONFIRMATIONS_OF_MAILBOX_PER_HOUR_MAX)
    const owner = await signUp({ ...newFan(), email })
    const [token = 'none'] = /(?<=\/confirm-email\?token=)[\w-]{43}/.exec((await latest(email)).text) ?? []
    const open = (session: string) => call('/me/email-confirmation/link', { token: session, body: { token } })
    const stranger = await signUp()
    expect((await open(stranger.session)).body).toMatchObject({ code: 'confirmation-ended' })
    expect((await open(owner.session)).body).toMatchObject({ account: { id: owner.id, proven: true } })
  })

  it('has one reset link sent, however often they request it, and the owner can use it', async () => {
    const owner = await signUpProven()
    for (let n = 0; n < 8; n += 1) {
      const [local, domain] = owner.email.split('@')
      await call('/password-resets', { body: { email: `${local}${n === 0 ? '' : `+${n}`}@${domain}` } })
    }
    const { text } = await latest(owner.email)
    expect(
      emailsTo(owner.email).filter(({ subject }) => subject === 'Reset your Naru password'),
    ).toHaveLength(1)
    const token = /\/new-password\?token=([\w-]{43})/.exec(text)?.[1]
    const set = await call('/password-resets/completion', { body: { token, password: 'words of the owner' } })
    expect(set.body).toMatchObject({ account: { id: owner.id } })
  })

  it('cannot fill it with notices of their password changes, nor deprive the owner of their own', async () => {
    const form = newFan()
    let { session, password } = await signUp(form)
    const changes = async (count: number) => {
      for (let n = 0; n < count; n += 1) {
        const body = { current: password, password: `changed words ${randomUUID()}` }
        const changed = await call('/me/password', { method: 'PUT', token: session, body })
        expect(changed.status).toBe(200)
        ;[session, password] = [String(changed.body['token']), body.password]
      }
      await deliver()
    }
    const notices = () => emailsTo(form.email).filter(({ subject }) => subject.includes('was changed')).length
    await changes(SECURITY_NOTICES_OF_MAILBOX_PER_HOUR_MAX + 2)
    expect(notices()).toBe(SECURITY_NOTICES_OF_MAILBOX_PER_HOUR_MAX)
    const owner = await signUp(another(form, 'words of the owner'))
    await enter(owner.session, (await latest(form.email)).code)
    ;({ session, password } = owner)
    await changes(1)
    expect(notices()).toBe(SECURITY_NOTICES_OF_MAILBOX_PER_HOUR_MAX + 1)
  })
})
