import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { recoveryCodes, secondFactors } from '../../../drizzle/schema/second-factors.ts'
import { operators, teamMembers, teamSettings } from '../../../drizzle/schema/teams.ts'
import { makeTestKey } from '../../../shared/testing/keys.ts'
import { makeTestOperator } from '../../teams/testing.ts'
import { makeTestFestival } from '../../testing.ts'
import { type Fan, useAccounts } from '../../testing-accounts.ts'
import { createFactorKeys } from './factor-keys.ts'
import { RECOVERY_CODES, WRONG_CODES_MAX } from './second-factor.ts'
import { stepAt, totpCode } from './totp.ts'

const { db, tokens, call, signUp, signIn, setByMail, sessionOf } = useAccounts({ realAccess: true })

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** What an app does with the secret that it was given. */
function codeOf(secret: string, stepsAhead = 0): string {
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const bytes = bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []
  return totpCode(Buffer.from(bytes), stepAt(Date.now()) + stepsAhead)
}

const begin = (fan: Fan, password = fan.password) =>
  call('/me/second-factor', { token: fan.session, body: { password } })
const confirm = (fan: Fan, code: string) =>
  call('/me/second-factor/confirmation', { token: fan.session, body: { code } })
const read = (session: string) => call('/me/second-factor', { method: 'GET', token: session })
const answer = (challenge: unknown, code: string) =>
  call('/sessions/second-factor', { body: { token: String(challenge), code } })

function amrOf(session: unknown): unknown {
  const [, claims = ''] = String(session).split('.')
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { amr?: unknown }).amr
}

async function enrol() {
  const fan = await signUp()
  const { body } = await begin(fan)
  const secret = String(body['secret'])
  const code = codeOf(secret)
  const confirmed = await confirm(fan, code)
  expect(confirmed.status).toBe(200)
  const recovery = confirmed.body['recoveryCodes'] as string[]
  return { fan, secret, code, recovery, session: String(confirmed.body['token']) }
}

describe('M6: a second factor', () => {
  it('is set up by the password and a first code, and its session says that it was used', async () => {
    const fan = await signUp()
    expect(amrOf(fan.session)).toEqual(['pwd'])
    expect((await begin(fan, 'not the password')).body).toMatchObject({ code: 'password-wrong' })
    const { body } = await begin(fan)
    expect(body['uri']).toBe(
      `otpauth://totp/${encodeURIComponent(`Naru:${fan.email}`)}?secret=${String(body['secret'])}&issuer=Naru`,
    )
    // It counts for nothing before its first code.
    expect((await signIn(fan.email, fan.password)).status).toBe(201)
    expect((await confirm(fan, '12345')).body).toMatchObject({ code: 'code-wrong' })
    const confirmed = await confirm(fan, codeOf(String(body['secret'])))
    expect(amrOf(confirmed.body['token'])).toEqual(['pwd', 'otp', 'mfa'])
    expect(new Set(confirmed.body['recoveryCodes'] as string[]).size).toBe(RECOVERY_CODES)
    expect((await read(String(confirmed.body['token']))).body).toMatchObject({
      recoveryCodesLeft: RECOVERY_CODES,
      isUsed: true,
    })
    expect((await begin(fan)).body).toMatchObject({ code: 'conflict' })
  })

  it('is asked for after the password, in every way in, and no code of it is taken twice', async () => {
    const { fan, secret, code: used } = await enrol()
    const first = await signIn(fan.email, fan.password)
    expect([first.status, Object.keys(first.body)]).toEqual([202, ['challenge']])
    expect(first.headers.get('set-cookie')).toBe(null)
    // The code of the enrolment.
    expect((await answer(first.body['challenge'], used)).body).toMatchObject({ code: 'code-wrong' })
    const code = codeOf(secret, 1)
    const signedIn = await answer(first.body['challenge'], ` ${code.slice(0, 3)} ${code.slice(3)} `)
    expect(signedIn.status).toBe(201)
    expect(amrOf(signedIn.body['token'])).toEqual(['pwd', 'otp', 'mfa'])
    expect((await answer(first.body['challenge'], code)).body).toMatchObject({ code: 'code-wrong' })
    const form = { email: fan.email, password: fan.password, name: 'Fan' }
    expect((await call('/accounts', { body: form })).status).toBe(202)
    const reset = await setByMail(fan.email, 'another long password')
    expect([reset.status, Object.keys(reset.body)]).toEqual([202, ['challenge']])
    // The password was changed meanwhile.
    expect((await answer(first.body['challenge'], codeOf(secret, 1))).body).toMatchObject({
      code: 'challenge-ended',
    })
  })

  it('is not gone around by a session from before, which changes the password', async () => {
    const { fan, session } = await enrol()
    const body = { current: fan.password, password: 'another long password' }
    const change = (token: string) => call('/me/password', { method: 'PUT', token, body })
    expect((await change(fan.session)).body).toMatchObject({ code: 'second-factor-needed' })
    expect((await read(session)).status).toBe(200)
    const changed = await change(session)
    expect(amrOf(changed.body['token'])).toEqual(['pwd', 'otp', 'mfa'])
  })

  it('is answered by each recovery code once', async () => {
    const { fan, recovery, session } = await enrol()
    const [code = '', other = ''] = recovery
    const { body } = await signIn(fan.email, fan.password)
    const challenge = body['challenge']
    const both = await Promise.all([answer(challenge, code), answer(challenge, code.toUpperCase())])
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 403])
    expect((await answer(challenge, other.replaceAll('-', ' '))).status).toBe(201)
    expect((await read(session)).body).toMatchObject({ recoveryCodesLeft: RECOVERY_CODES - 2 })
  })

  it('takes a bounded number of wrong codes', async () => {
    const { fan, secret } = await enrol()
    const { body } = await signIn(fan.email, fan.password)
    for (let wrong = 0; wrong < WRONG_CODES_MAX; wrong += 1) {
      expect((await answer(body['challenge'], '12345')).body).toMatchObject({ code: 'code-wrong' })
    }
    expect((await answer(body['challenge'], codeOf(secret, 1))).body).toMatchObject({ code: 'too-many' })
  })

  it('is removed by a code of it', async () => {
    const { fan, secret, session } = await enrol()
    const remove = (code: string) => call('/me/second-factor/removal', { token: session, body: { code } })
    expect((await remove('12345')).body).toMatchObject({ code: 'code-wrong' })
    expect((await remove(codeOf(secret, 1))).status).toBe(204)
    expect((await signIn(fan.email, fan.password)).status).toBe(201)
    expect(await db().select().from(recoveryCodes).where(eq(recoveryCodes.accountId, fan.id))).toEqual([])
  })

  it('is stored so that who reads the database can use neither secret nor recovery codes', async () => {
    const { fan, secret, recovery } = await enrol()
    const [row] = await db().select().from(secondFactors).where(eq(secondFactors.accountId, fan.id))
    const codes = await db().select().from(recoveryCodes).where(eq(recoveryCodes.accountId, fan.id))
    const stored = JSON.stringify([row, codes])
    for (const plain of [secret, ...recovery, ...recovery.map((code) => code.replaceAll('-', ''))]) {
      expect(stored).not.toContain(plain)
    }
    const sealed = row?.sealedSecret ?? ''
    expect(tokens.factorKeys.open(fan.id, sealed)).toHaveLength(20)
    // Of another account, and with another installation's key.
    expect(tokens.factorKeys.open((await signUp()).id, sealed)).toBe(undefined)
    expect(createFactorKeys(makeTestKey().privateKey.key).open(fan.id, sealed)).toBe(undefined)
  })

  it('is not answered by a challenge that somebody made up', async () => {
    const { fan, secret } = await enrol()
    const { body } = await signIn(fan.email, fan.password)
    const [payload = '', signature = ''] = String(body['challenge']).split('.')
    for (const forged of [`${payload}.`, `x.${signature}`, payload, '.', 'x', `${payload}.${signature}x`]) {
      expect((await answer(forged, codeOf(secret, 1))).body).toMatchObject({ code: 'challenge-ended' })
    }
  })
})

describe('M6: a team that requires a second factor', () => {
  it('lets in those alone who used one, whatever else they are a member of', async () => {
    const { id: festival } = await makeTestFestival({ db: db() })
    const [owner, plain] = [await enrol(), await signUp()]
    const since = new Date()
    await db()
      .insert(teamMembers)
      .values([
        { festivalId: festival, accountId: owner.fan.id, role: 'owner', since },
        { festivalId: festival, accountId: plain.id, role: 'owner', since },
      ])
    const require = (session: string, secondFactorRequired: boolean) =>
      call(`/admin/festivals/${festival}/team/settings`, {
        method: 'PUT',
        token: session,
        body: { secondFactorRequired },
      })
    const get = (session: string, path: string) => call(path, { method: 'GET', token: session })
    const NEEDED = { status: 403, body: { code: 'second-factor-needed' } }
    // Who has none would lock themselves out.
    expect(await require(plain.session, true)).toMatchObject(NEEDED)
    expect((await require(owner.session, true)).status).toBe(204)
    const paths = [
      ...[`/admin/festivals/${festival}`, `/admin/rooms/${festival}`, '/admin/festivals', '/admin/changes'],
      ...[`/festivals/${festival}/check-ins/window`, '/check-ins/keys'],
    ]
    for (const path of paths) {
      expect(await get(plain.session, path)).toMatchObject(NEEDED)
      // Of the same account, from before it had one.
      expect(await get(owner.fan.session, path)).toMatchObject(NEEDED)
      expect((await get(owner.session, path)).status).toBe(200)
    }
    expect((await get(plain.session, '/me')).status).toBe(200)
    const team = await get(owner.session, `/admin/festivals/${festival}/team`)
    expect(team.body).toMatchObject({ secondFactorRequired: true })
    const members = team.body['members'] as { account: { id: string }; hasSecondFactor: boolean }[]
    expect(members.find(({ account }) => account.id === plain.id)?.hasSecondFactor).toBe(false)
    await require(owner.session, false)
    expect((await get(plain.session, `/admin/festivals/${festival}`)).status).toBe(200)
  })

  it('is decided over by operators who used one alone', async () => {
    const { id: festival } = await makeTestFestival({ db: db() })
    const [operator, plain] = [await enrol(), await makeTestOperator(db())]
    await db().insert(operators).values({ accountId: operator.fan.id, since: new Date() })
    await db().insert(teamSettings).values({ festivalId: festival, secondFactorRequired: true })
    const path = `/admin/festivals/${festival}/team`
    const ways = [
      { path, method: 'GET' },
      { path: `${path}/settings`, method: 'PUT', body: { secondFactorRequired: false } },
      { path: `${path}/${plain}`, method: 'PUT', body: { role: 'owner' } },
      { path: `${path}/invitations`, method: 'POST', body: { email: 'a@naru.test', role: 'owner' } },
      { path: `/admin/festivals/${festival}`, method: 'DELETE' },
    ]
    for (const { path, ...way } of ways) {
      const answer = await call(path, { ...way, token: sessionOf(plain) })
      expect(answer.body).toMatchObject({ code: 'second-factor-needed' })
    }
    const { path: settings, ...allow } = ways[1] ?? { path }
    expect((await call(settings, { ...allow, token: operator.session })).status).toBe(204)
    expect((await call(path, { method: 'GET', token: sessionOf(plain) })).status).toBe(200)
  })
})
