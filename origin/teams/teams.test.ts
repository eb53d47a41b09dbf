import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { auditLog } from '../../drizzle/schema/audit.ts'
import { type TeamRole, teamMembers } from '../../drizzle/schema/teams.ts'
import { newFan } from '../testing/account-emails.ts'
import { type CallOptions, useAccounts } from '../testing/accounts.ts'
import { makeTestAccounts, makeTestFestival } from '../testing/origin.ts'
import { makeMember, makeTestOperator } from '../testing/teams.ts'
import { changeMember } from './change-member.ts'
import { INVITED_PER_DAY_MAX } from './invitations.ts'
import { OPEN_INVITATIONS_MAX, TEAM_MEMBERS_MAX } from './team.ts'

const { db, call, signUp, signUpProven, latest, emailsTo, deliver, createApp, sessionOf, enter } =
  useAccounts({
    realAccess: true,
  })

async function makeTeam() {
  const { id: festival } = await makeTestFestival({ db: db() })
  const owner = await makeMember(db(), festival, 'owner')
  const path = `/admin/festivals/${festival}/team`
  const invite = (email: string, role: TeamRole = 'manager', by = owner) =>
    call(`${path}/invitations`, { token: sessionOf(by), body: { email, role } })
  const read = async (by = owner) => (await call(path, { method: 'GET', token: sessionOf(by) })).body
  return { festival, owner, path, invite, read }
}

const accept = (session: string, token: string, more: CallOptions = {}) =>
  call('/me/team-invitations/acceptance', { token: session, body: { token }, ...more })

async function tokenTo(email: string): Promise<string> {
  return /\/invitation\?token=([\w-]{43})\n/.exec((await latest(email)).text)?.[1] ?? 'x'.repeat(43)
}

describe('M6: an invitation to a team', () => {
  it('is accepted by the account of the invited address, once', async () => {
    const { festival, owner, path, invite, read } = await makeTeam()
    const fan = await signUpProven()
    expect((await invite(fan.email)).status).toBe(201)
    const token = await tokenTo(fan.email)
    expect((await latest(fan.email)).text).toContain('as manager')
    expect((await accept(fan.session, token)).body).toEqual({ festival, role: 'manager' })
    expect((await accept(fan.session, token)).body).toMatchObject({ code: 'invitation-ended' })
    const team = await read()
    expect(team).toMatchObject({ invitations: [], mine: { account: owner, role: 'owner' } })
    expect(team['members']).toMatchObject([
      { account: { id: owner }, role: 'owner' },
      { account: { id: fan.id, email: fan.email }, role: 'manager', addedBy: 'Test' },
    ])
    // What they did is in the log, by member.
    const changes = await call(`/admin/rooms/${festival}/changes?account=${fan.id}`, {
      method: 'GET',
      token: fan.session,
    })
    expect(changes.body['changes']).toMatchObject([{ action: 'team.join', after: { role: 'manager' } }])
    expect((await call(path, { method: 'GET', token: fan.session })).status).toBe(200)
  })

  it('is accepted by an account of another spelling of the address, once that has confirmed it', async () => {
    const { festival, invite } = await makeTeam()
    const fan = await signUp()
    const { code } = await latest(fan.email)
    await invite(fan.email.toUpperCase().replace('@', '+work@'))
    await deliver()
    const sent = emailsTo(fan.email.replace('@', '+work@')).at(-1)?.text ?? ''
    const token = /\/invitation\?token=([\w-]{43})\n/.exec(sent)?.[1] ?? ''
    // A person to whom the e-mail was forwarded can sign up with the address, too.
    expect((await accept(fan.session, token)).body).toMatchObject({ code: 'account-unproven' })
    await enter(fan.session, code)
    expect((await accept(fan.session, token)).body).toEqual({ festival, role: 'manager' })
  })

  it('is rejected for an account of another address', async () => {
    const { invite, read } = await makeTeam()
    const [invited, other] = [newFan(), await signUpProven()]
    await invite(invited.email)
    expect((await accept(other.session, await tokenTo(invited.email))).body).toMatchObject({
      status: 403,
      code: 'invitation-for-another-address',
    })
    expect((await read())['members']).toHaveLength(1)
  })

  it('is void once it was withdrawn', async () => {
    const { path, owner, invite } = await makeTeam()
    const fan = await signUp()
    const { body } = await invite(fan.email)
    const token = await tokenTo(fan.email)
    const revoke = () =>
      call(`${path}/invitations/${String(body['id'])}`, { method: 'DELETE', token: sessionOf(owner) })
    expect([(await revoke()).status, (await revoke()).status]).toEqual([204, 404])
    expect((await accept(fan.session, token)).body).toMatchObject({ code: 'invitation-ended' })
  })

  it('exists once per address with its latest role, and is sent once in some minutes', async () => {
    const { invite, read } = await makeTeam()
    const fan = await signUpProven()
    const before = emailsTo(fan.email).length
    const first = await invite(fan.email, 'viewer')
    const again = await invite(fan.email, 'gate')
    expect(again.body).toMatchObject({ id: first.body['id'], role: 'gate' })
    const token = await tokenTo(fan.email)
    expect(emailsTo(fan.email).length).toBe(before + 1)
    expect((await read())['invitations']).toMatchObject([{ email: fan.email, role: 'gate' }])
    expect((await accept(fan.session, token)).body).toMatchObject({ role: 'gate' })
    expect((await invite(fan.email)).body).toMatchObject({ code: 'conflict' })
  })

  it('counts towards a limit of open invitations', async () => {
    const { invite } = await makeTeam()
    for (let n = 0; n < OPEN_INVITATIONS_MAX; n += 1)
      expect((await invite(`n${n}@naru.test`)).status).toBe(201)
    expect((await invite('one.more@naru.test')).body).toMatchObject({ code: 'conflict' })
    expect((await invite('n0@naru.test', 'viewer')).status).toBe(201)
  })

  it('is limited per day for an account that withdraws each one before the next', async () => {
    const { festival, path, owner, invite } = await makeTeam()
    const { body } = await invite('first@naru.test')
    const change = { at: new Date(), accountId: owner, action: 'team.invite', subject: festival }
    await db()
      .insert(auditLog)
      .values(
        Array.from({ length: INVITED_PER_DAY_MAX - 2 }, () => ({
          ...{ ...change, festivalId: festival, before: {}, after: {} },
        })),
      )
    await call(`${path}/invitations/${String(body['id'])}`, { method: 'DELETE', token: sessionOf(owner) })
    expect((await invite('next@naru.test')).body).toMatchObject({ code: 'too-many' })
    const yesterday = new Date(Date.now() - 86_400_000)
    await db().update(auditLog).set({ at: yesterday }).where(eq(auditLog.accountId, owner))
    expect((await invite('next@naru.test')).status).toBe(201)
  })

  it('is passed on by the inviting owner where no e-mails are sent', async () => {
    const { festival, path, owner } = await makeTeam()
    const fan = await signUp()
    const to = createApp(undefined)
    const body = { email: fan.email, role: 'viewer' }
    const invited = await call(`${path}/invitations`, { token: sessionOf(owner), body, to })
    expect((await accept(fan.session, String(invited.body['token']), { to })).body).toMatchObject({
      festival,
    })
  })
})

describe('a team that several accounts change concurrently', () => {
  const fill = async (festival: string, count: number) => {
    const members = await makeTestAccounts(db(), count)
    await db()
      .insert(teamMembers)
      .values(
        members.map((accountId) => ({
          ...{ festivalId: festival, accountId, since: new Date() },
          role: 'viewer' as const,
        })),
      )
  }
  const sizeOf = async (festival: string) =>
    (await db().select().from(teamMembers).where(eq(teamMembers.festivalId, festival))).length

  it('never exceeds its limit of members when two of them join', async () => {
    // Before all others, so that their rows come before those that a lock on the members' rows would wait at.
    const fans = [await signUpProven(), await signUpProven()]
    const { festival, invite } = await makeTeam()
    for (const { email } of fans) expect((await invite(email, 'viewer')).status).toBe(201)
    const tokens = [await tokenTo(fans[0]?.email ?? ''), await tokenTo(fans[1]?.email ?? '')]
    // As operators do, who name members directly.
    await fill(festival, TEAM_MEMBERS_MAX - 2)
    const answers = await Promise.all(fans.map(({ session }, i) => accept(session, tokens[i] ?? '')))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    expect(await sizeOf(festival)).toBe(TEAM_MEMBERS_MAX)
    // The one who was rejected still has the invitation.
    const left = answers.findIndex(({ status }) => status === 409)
    await db().delete(teamMembers).where(eq(teamMembers.festivalId, festival))
    expect((await accept(fans[left]?.session ?? '', tokens[left] ?? '')).status).toBe(200)
  })

  it('is joined once by an account that accepts twice, even while it has no members', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { festival, invite } = await makeTeam()
      const fan = await signUpProven()
      await invite(fan.email)
      const token = await tokenTo(fan.email)
      await db().delete(teamMembers).where(eq(teamMembers.festivalId, festival))
      const answers = await Promise.all([1, 2, 3].map(() => accept(fan.session, token)))
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 410, 410])
      expect(await sizeOf(festival)).toBe(1)
    }
  })

  it('never exceeds its limit of open invitations, even while it has no members', async () => {
    const { festival, invite } = await makeTeam()
    for (let n = 1; n < OPEN_INVITATIONS_MAX; n += 1) await invite(`m${n}@naru.test`)
    await db().delete(teamMembers).where(eq(teamMembers.festivalId, festival))
    const inviting = await Promise.all(Array.from({ length: 4 }, () => makeTestOperator(db())))
    const answers = await Promise.all(inviting.map((by, n) => invite(`more${n}@naru.test`, 'viewer', by)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409])
  })

  it('limits what its owner sends in a day over all of their teams', async () => {
    const operator = await makeTestOperator(db())
    const teams = await Promise.all(Array.from({ length: 4 }, makeTeam))
    const festival = teams[0]?.festival ?? ''
    const sent = { accountId: operator, action: 'team.invite', subject: festival, festivalId: festival }
    await db()
      .insert(auditLog)
      .values(
        Array.from({ length: INVITED_PER_DAY_MAX - 1 }, () => ({
          ...{ ...sent, at: new Date(), before: {}, after: {} },
        })),
      )
    const answers = await Promise.all(teams.map(({ invite }) => invite('all@naru.test', 'viewer', operator)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 429, 429, 429])
  })
})

describe('M6: a member', () => {
  it('gets another role or is removed by owners, and can leave', async () => {
    const { festival, path, owner, read } = await makeTeam()
    const [manager, viewer] = [
      await makeMember(db(), festival, 'manager'),
      await makeMember(db(), festival, 'viewer'),
    ]
    const put = (by: string, account: string, role: TeamRole) =>
      call(`${path}/${account}`, { method: 'PUT', token: sessionOf(by), body: { role } })
    const remove = (by: string, account: string) =>
      call(`${path}/${account}`, { method: 'DELETE', token: sessionOf(by) })
    expect((await put(manager, manager, 'owner')).status).toBe(403)
    expect((await remove(manager, viewer)).status).toBe(403)
    expect((await put(owner, viewer, 'manager')).status).toBe(204)
    expect((await remove(manager, manager)).status).toBe(204)
    expect((await remove(owner, viewer)).status).toBe(204)
    expect((await remove(owner, owner)).body).toMatchObject({ code: 'last-owner' })
    expect((await put(owner, owner, 'viewer')).body).toMatchObject({ code: 'last-owner' })
    expect((await read())['members']).toHaveLength(1)
  })

  it('does not come back by an earlier invitation after being removed', async () => {
    const { path, owner, invite, read } = await makeTeam()
    const [fan, operator] = [await signUpProven(), await makeTestOperator(db())]
    await invite(fan.email, 'owner')
    const token = await tokenTo(fan.email)
    const of = (by: string) => ({ token: sessionOf(by), method: 'PUT', body: { role: 'viewer' } })
    expect((await call(`${path}/${fan.id}`, of(operator))).status).toBe(204)
    await call(`${path}/${fan.id}`, { method: 'DELETE', token: sessionOf(owner) })
    expect(await read()).toMatchObject({ members: [{ role: 'owner' }], invitations: [] })
    expect((await accept(fan.session, token)).body).toMatchObject({ code: 'invitation-ended' })
    expect((await call(path, { method: 'GET', token: fan.session })).status).toBe(403)
  })

  it('loses the invitations that they have sent when an owner removes them', async () => {
    const { path, owner, invite, read } = await makeTeam()
    const [other, leaving] = [await signUpProven(), await signUpProven()]
    for (const { email } of [other, leaving]) {
      await invite(email, 'owner')
      await accept(email === other.email ? other.session : leaving.session, await tokenTo(email))
    }
    const [theirs, confirmed, left] = [newFan(), newFan(), newFan()]
    await invite(theirs.email, 'owner', other.id)
    await invite(confirmed.email, 'viewer', other.id)
    await invite(confirmed.email, 'viewer', owner)
    await invite(left.email, 'viewer', leaving.id)
    await call(`${path}/${other.id}`, { method: 'DELETE', token: sessionOf(owner) })
    await call(`${path}/${leaving.id}`, { method: 'DELETE', token: leaving.session })
    const team = await read()
    expect(team['members']).toMatchObject([{ account: { id: owner } }])
    const invited = (team['invitations'] as { email: string }[]).map(({ email }) => email)
    expect(invited.toSorted()).toEqual([confirmed.email, left.email].toSorted())
  })

  it('is named directly only by operators, who see teams and nothing else of festivals', async () => {
    const { festival, path, owner } = await makeTeam()
    const [operator, fan] = [await makeTestOperator(db()), await signUpProven()]
    const put = (by: string, account: string) =>
      call(`${path}/${account}`, { method: 'PUT', token: sessionOf(by), body: { role: 'owner' } })
    expect((await put(owner, fan.id)).status).toBe(404)
    expect((await put(operator, (await signUp()).id)).body).toMatchObject({ code: 'account-unproven' })
    await db().delete(teamMembers).where(eq(teamMembers.festivalId, festival))
    expect((await put(operator, fan.id)).status).toBe(204)
    expect((await call(path, { method: 'GET', token: fan.session })).body).toMatchObject({
      mine: { role: 'owner' },
    })
    const festivalOf = await call(`/admin/festivals/${festival}`, {
      method: 'GET',
      token: sessionOf(operator),
    })
    expect(festivalOf.status).toBe(403)
  })

  it('stays as the last owner, however two owners leave or demote each other concurrently', async () => {
    for (let round = 0; round < 15; round += 1) {
      const { festival, owner } = await makeTeam()
      const other = await makeMember(db(), festival, 'owner')
      const [first, second] = round % 2 === 0 ? [owner, other] : [other, owner]
      const change = (by: string, account: string) =>
        changeMember(
          { db: db(), now: Date.now },
          { festival, by, account, role: round % 3 === 0 ? 'viewer' : undefined },
        )
      await Promise.all([change(owner, first), change(other, second)])
      const left = await db().select().from(teamMembers).where(eq(teamMembers.festivalId, festival))
      expect(left.filter(({ role }) => role === 'owner')).toHaveLength(1)
    }
  })
})
