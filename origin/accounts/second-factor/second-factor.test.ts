import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { auditLog } from '../../../drizzle/schema/audit.ts'
import { recoveryCodes, secondFactors } from '../../../drizzle/schema/second-factors.ts'
import { operators, teamMembers, teamSettings } from '../../../drizzle/schema/teams.ts'
import { makeTestKey } from '../../../shared/testing/keys.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { type Fan, useAccounts } from '../../testing/accounts.ts'
import { makeTestFestival } from '../../testing/origin.ts'
import { makeTestOperator } from '../../testing/teams.ts'
import { createFactorKeys } from './factor-keys.ts'
import { RECOVERY_CODES, WRONG_CODES_MAX } from './second-factor.ts'
import { stepAt, totpCode } from './totp.ts'

const { db, tokens, call, signUp, signUpProven, signIn, setByMail, sessionOf, latest, emailsTo, deliver } =
  useAccounts({ realAccess: true })

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

/** A session of an account, as a release before enrolment revoked them left it. */
function sessionWithout(account: string): string {
  const seconds = Math.floor(Date.now() / 1000) + 30
  return tokens.signSession({
    ...{ aud: AUDIENCES.session, sub: account, name: 'Test', roles: ['fan'], amr: ['pwd'] },
    ...{ iat: seconds, exp: seconds + 600 },
  })
}

function amrOf(session: unknown): unknown {
  const [, claims = ''] = String(session).split('.')
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { amr?: unknown }).amr
}

async function enrol(fan?: Fan) {
  fan ??= await signUp()
  const { body } = await begin(fan)
  const secret = String(body['secret'])
  const code = codeOf(secret)
  const confirmed = await confirm(fan, code)
  expect(confirmed.status).toBe(200)
  const recovery = confirmed.body['recoveryCodes'] as string[]
  return { fan, secret, code, recovery, session: String(confirmed.body['token']) }
}

describe('M6: a second factor', () => {
  it('is set up by the password and a first code, and its session records that it was used', async () => {
    const fan = await signUp()
    expect(amrOf(fan.session)).toEqual(['pwd'])
    expect((await begin(fan, 'not the password')).body).toMatchObject({ code: 'password-wrong' })
    const { body } = await begin(fan)
    expect(body['uri']).toBe(
      `otpauth://totp/${encodeURIComponent(`Naru:${fan.email}`)}?secret=${String(body['secret'])}&issuer=Naru`,
    )
    // It has no effect before its first code.
    expect((await signIn(fan.email, fan.password)).status).toBe(201)
    expect((await confirm(fan, '12345')).body).toMatchObject({ code: 'code-wrong' })
    const confirmed = await confirm(fan, codeOf(String(body['secret'])))
    expect(amrOf(confirmed.body['token'])).toEqual(['pwd', 'otp', 'mfa'])
    expect(new Set(confirmed.body['recoveryCodes'] as string[]).size).toBe(RECOVERY_CODES)
    expect((await read(String(confirmed.body['token']))).body).toMatchObject({
      recoveryCodesLeft: RECOVERY_CODES,
      isUsed: true,
    })
    const enrolled = { ...fan, session: String(confirmed.body['token']) }
    expect((await begin(enrolled)).body).toMatchObject({ code: 'conflict' })
  })

  it('is required after the password, in every way to sign in, and no code is accepted twice', async () => {
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

  it('is not bypassed by an earlier session that changes the password', async () => {
    const { fan, session } = await enrol()
    const before = sessionWithout(fan.id)
    const body = { current: fan.password, password: 'another long password' }
    const change = (token: string) => call('/me/password', { method: 'PUT', token, body })
    expect((await change(before)).body).toMatchObject({ code: 'second-factor-needed' })
    expect((await read(session)).status).toBe(200)
    const changed = await change(session)
    expect(amrOf(changed.body['token'])).toEqual(['pwd', 'otp', 'mfa'])
  })

  it('accepts each recovery code once', async () => {
    const { fan, recovery, session } = await enrol()
    const [code = '', other = ''] = recovery
    const { body } = await signIn(fan.email, fan.password)
    const challenge = body['challenge']
    const both = await Promise.all([answer(challenge, code), answer(challenge, code.toUpperCase())])
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 403])
    expect((await answer(challenge, other.replaceAll('-', ' '))).status).toBe(201)
    expect((await read(session)).body).toMatchObject({ recoveryCodesLeft: RECOVERY_CODES - 2 })
  })

  it('accepts a bounded number of wrong codes', async () => {
    const { fan, secret } = await enrol()
    const { body } = await signIn(fan.email, fan.password)
    for (let wrong = 0; wrong < WRONG_CODES_MAX; wrong += 1) {
      expect((await answer(body['challenge'], '12345')).body).toMatchObject({ code: 'code-wrong' })
    }
    expect((await answer(body['challenge'], codeOf(secret, 1))).body).toMatchObject({ code: 'too-many' })
  })

  it('is removed by one of its codes', async () => {
    const { fan, secret, session } = await enrol()
    const remove = (code: string) => call('/me/second-factor/removal', { token: session, body: { code } })
    expect((await remove('12345')).body).toMatchObject({ code: 'code-wrong' })
    expect((await remove(codeOf(secret, 1))).status).toBe(200)
    expect((await signIn(fan.email, fan.password)).status).toBe(201)
    expect(await db().select().from(recoveryCodes).where(eq(recoveryCodes.accountId, fan.id))).toEqual([])
  })

  it('ends every other session when it is set up or removed, and leaves the removing session unmarked', async () => {
    const fan = await signUpProven()
    const other = String((await signIn(fan.email, fan.password)).body['token'])
    const enrolled = await enrol(fan)
    const OVER = { status: 401, body: { code: 'token-invalid' } }
    expect([await read(other), await read(fan.session)]).toMatchObject([OVER, OVER])
    expect((await read(enrolled.session)).body).toMatchObject({ isUsed: true })
    const { body } = await signIn(fan.email, fan.password)
    const second = String((await answer(body['challenge'], enrolled.recovery[0] ?? '')).body['token'])
    expect((await read(second)).status).toBe(200)
    const code = codeOf(enrolled.secret, 1)
    const removed = await call('/me/second-factor/removal', { token: enrolled.session, body: { code } })
    expect(await read(second)).toMatchObject(OVER)
    expect(await read(enrolled.session)).toMatchObject(OVER)
    const left = String(removed.body['token'])
    expect(amrOf(left)).toEqual(['pwd'])
    expect(removed.headers.get('set-cookie')).toContain(left)
    expect((await read(left)).body).toMatchObject({ enrolledAt: null, isUsed: false })
  })

  it('gets new recovery codes by a code of the app, which revoke the earlier ones', async () => {
    const { fan, secret, session, recovery } = await enrol()
    const [first = '', second = ''] = recovery
    const renew = (code: string) =>
      call('/me/second-factor/recovery-codes', { token: session, body: { code } })
    expect((await renew('12345')).body).toMatchObject({ code: 'code-wrong' })
    // A code that was found must not become ten, and stays what it was.
    expect((await renew(first)).body).toMatchObject({ code: 'code-wrong' })
    const renewed = await renew(codeOf(secret, 1))
    expect(renewed.headers.get('cache-control')).toBe('no-store')
    const codes = renewed.body['recoveryCodes'] as string[]
    expect(new Set([...codes, ...recovery]).size).toBe(2 * RECOVERY_CODES)
    expect((await read(session)).body).toMatchObject({ recoveryCodesLeft: RECOVERY_CODES })
    const { body } = await signIn(fan.email, fan.password)
    expect((await answer(body['challenge'], second)).body).toMatchObject({ code: 'code-wrong' })
    expect((await answer(body['challenge'], codes[0] ?? '')).status).toBe(201)
  })

  it('has no recovery codes to renew before it is set up', async () => {
    const fan = await signUp()
    const token = fan.session
    const renew = () => call('/me/second-factor/recovery-codes', { token, body: { code: '123456' } })
    expect((await renew()).body).toMatchObject({ code: 'conflict' })
    await begin(fan)
    expect((await renew()).body).toMatchObject({ code: 'conflict' })
  })

  it('notifies its owner by e-mail, and writes the audit log, on each of its changes', async () => {
    const fan = await signUpProven()
    const { secret, session } = await enrol(fan)
    expect((await latest(fan.email)).text).toContain('two-step sign-in has been turned on')
    await call('/me/second-factor/recovery-codes', { token: session, body: { code: codeOf(secret, 1) } })
    expect((await latest(fan.email)).text).toContain('The earlier ones no longer work.')
    const told = emailsTo(fan.email).length
    await call('/me/second-factor/removal', { token: session, body: { code: '12345' } })
    await deliver()
    expect(emailsTo(fan.email)).toHaveLength(told)
    // The app has no further code in this time step.
    await db().update(secondFactors).set({ usedStep: null }).where(eq(secondFactors.accountId, fan.id))
    await call('/me/second-factor/removal', { token: session, body: { code: codeOf(secret) } })
    expect((await latest(fan.email)).text).toContain('two-step sign-in has been turned off')
    const changes = await db().select().from(auditLog).where(eq(auditLog.accountId, fan.id))
    expect(changes.map(({ action, after }) => [action, after])).toEqual([
      ['account.second-factor', { factor: 'enrolled' }],
      ['account.second-factor', { factor: 'recovery-codes' }],
      ['account.second-factor', { factor: 'removed' }],
    ])
  })

  it('is stored so that a reader of the database can use neither secret nor recovery codes', async () => {
    const { fan, secret, recovery } = await enrol()
    const [row] = await db().select().from(secondFactors).where(eq(secondFactors.accountId, fan.id))
    const codes = await db().select().from(recoveryCodes).where(eq(recoveryCodes.accountId, fan.id))
    const stored = JSON.stringify([row, codes])
    for (const plain of [secret, ...recovery, ...recovery.map((code) => code.replaceAll('-', ''))]) {
      expect(stored).not.toContain(plain)
    }
    const sealed = row?.sealedSecret ?? ''
    expect(tokens.factorKeys.open(fan.id, sealed)).toHaveLength(20)
    // Of another account, and with the key of another installation.
    expect(tokens.factorKeys.open((await signUp()).id, sealed)).toBe(undefined)
    const other = makeTestKey().privateKey.key
    expect(createFactorKeys([other]).open(fan.id, sealed)).toBe(undefined)
  })

  it('stays usable when the key of the origins is replaced, as long as the earlier one is listed', () => {
    const account = randomUUID()
    const [earlier, newer] = [makeTestKey().privateKey.key, makeTestKey().privateKey.key]
    const secret = Buffer.from('the secret of an app')
    const sealed = createFactorKeys([earlier]).seal(account, secret)
    const challenge = { account, fromSeconds: 1, expiresSeconds: 2 }
    const token = createFactorKeys([earlier]).signChallenge(challenge)
    const both = createFactorKeys([newer, earlier])
    expect(both.open(account, sealed)).toEqual(secret)
    expect(both.readChallenge(token)).toEqual(challenge)
    expect(createFactorKeys([newer]).readChallenge(both.signChallenge(challenge))).toEqual(challenge)
    expect(createFactorKeys([earlier]).open(account, both.seal(account, secret))).toBe(undefined)
  })

  it('rejects a forged challenge', async () => {
    const { fan, secret } = await enrol()
    const { body } = await signIn(fan.email, fan.password)
    const [payload = '', signature = ''] = String(body['challenge']).split('.')
    for (const forged of [`${payload}.`, `x.${signature}`, payload, '.', 'x', `${payload}.${signature}x`]) {
      expect((await answer(forged, codeOf(secret, 1))).body).toMatchObject({ code: 'challenge-ended' })
    }
  })
})

describe('M6: a team that requires a second factor', () => {
  it('admits only members who used one, whatever other roles they have', async () => {
    const { id: festival } = await makeTestFestival({ db: db() })
    const [owner, plain] = [await enrol(), await signUp()]
    const [since, before] = [new Date(), sessionWithout(owner.fan.id)]
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
    // An owner without one would be locked out.
    expect(await require(plain.session, true)).toMatchObject(NEEDED)
    expect((await require(owner.session, true)).status).toBe(204)
    const paths = [
      ...[`/admin/festivals/${festival}`, `/admin/rooms/${festival}`, '/admin/festivals', '/admin/changes'],
      ...[`/festivals/${festival}/check-ins/window`, '/check-ins/keys'],
    ]
    for (const path of paths) {
      expect(await get(plain.session, path)).toMatchObject(NEEDED)
      // A session of the same account, from before it had one.
      expect(await get(before, path)).toMatchObject(NEEDED)
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

  it('can be changed only by operators who used one', async () => {
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
