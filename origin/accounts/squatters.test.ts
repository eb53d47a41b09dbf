import { describe, expect, it } from 'vitest'
import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import { makeNamedAccount } from '../sales/testing.ts'
import { another, useAccounts } from '../testing-accounts.ts'
import { newFan } from './testing.ts'

const { db, tokens, call, signUp, signUpProven } = useAccounts()

describe('somebody who signs up with an address that is not theirs', () => {
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
