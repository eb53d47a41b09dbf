import { describe, expect, it } from 'vitest'
import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import { makeNamedAccount } from '../sales/testing.ts'
import { another, useAccounts } from '../testing-accounts.ts'
import { newFan } from './testing.ts'

const { db, tokens, call, signUp, signUpProven, latest } = useAccounts()

const tokenIn = (text: string) => /\/confirm-email\?token=([\w-]{43})\n/.exec(text)?.[1] ?? 'none'

describe('somebody who signs up with an address that is not theirs', () => {
  it('gets no proof from the owner who opens every link that comes', async () => {
    const form = newFan()
    const squatter = await signUp(form)
    const first = tokenIn((await latest(form.email)).text)
    const owner = await signUp(another(form, 'words of the owner'))
    const second = tokenIn((await latest(form.email)).text)
    expect([first, second]).not.toContain('none')
    const open = (token: string) =>
      call('/me/email-confirmation/link', { token: owner.session, body: { token } })
    expect((await open(first)).body).toMatchObject({ code: 'confirmation-ended' })
    expect((await open(second)).body).toMatchObject({ account: { id: owner.id, proven: true } })
    const me = await call('/me', { method: 'GET', token: squatter.session })
    expect(me.body).toMatchObject({ proven: false })
  })

  it('is given no role that was meant for its owner', async () => {
    const form = newFan()
    const squatter = await signUp({ ...form, name: 'The new colleague' })
    const by = await makeNamedAccount(db(), { name: 'Olla', roles: ['organiser'] })
    const iat = Math.floor(Date.now() / 1000)
    const claims = { sub: by, name: 'Olla', roles: ['organiser' as const], iat, exp: iat + 600 }
    const token = tokens.signSession({ aud: AUDIENCES.session, ...claims })
    const change = (account: string, body: object) =>
      call(`/admin/accounts/${account}`, { method: 'PATCH', token, body })
    for (const body of [{ staff: true }, { organiser: true }]) {
      expect(await change(squatter.id, body)).toMatchObject({
        status: 409,
        body: { code: 'account-unproven' },
      })
    }
    const owner = await signUpProven(another(form, 'words of the owner'))
    expect((await change(owner.id, { staff: true })).body).toMatchObject({ roles: ['fan', 'staff'] })
    expect((await change(squatter.id, { staff: false })).status).toBe(200)
  })
})
