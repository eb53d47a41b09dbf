import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { roomKeys, sessionEndKey } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { passCookie, placeCookie } from '../../../shared/tokens/cookies.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { entryCookie } from '../../room/entry-key.ts'
import { type PlainBrowser, stepOf, useTestPages } from '../../testing/pages.ts'
import { flashText } from '../../web/layout/text/flash.ts'

const { redis } = useRedis()
const { answers, callEveryone, gateway, keys, makeRoom, openBrowser, sessionOf } = useTestPages(redis)
const SESSION = '__Host-naru-session'
const GO_ON_HERE = 'Continue here'

const cookies = (cookie: string) => `__Host-${cookie}`
const pathOf = (room: string) => `/festivals/${room}/room`
const basketOf = (room: string) => `/festivals/${room}/buy`

/** A fan with a pass. */
async function goIn() {
  const room = await makeRoom()
  const fan = openBrowser()
  const account = randomUUID()
  await fan.open(pathOf(room))
  await fan.send(`${pathOf(room)}/enter`)
  await callEveryone(room)
  fan.cookies.set(SESSION, sessionOf(account))
  expect((await fan.send(`${pathOf(room)}/claim`)).location).toBe(basketOf(room))
  return { room, fan, account }
}

/** Signs in by the form, as the account that the origin returns. */
async function signIn(fan: PlainBrowser, account: string) {
  const cookie = `${SESSION}=${sessionOf(account)}; Path=/; Secure`
  answers.set('POST /api/sessions', { body: { account: { id: account } }, cookie })
  await fan.send('/sign-in', { email: 'fan@naru.test', password: 'long enough' })
}

const passIdOf = (browser: PlainBrowser, room: string) => passOf(browser, room).jti

function passOf(browser: PlainBrowser, room: string) {
  const pass = keys.verifiers.pass(browser.cookies.get(cookies(passCookie(room))) ?? '')
  if (pass.status !== 'valid') throw new Error(`The pass is ${pass.status}`)
  return pass.claims
}

const ask = (browser: PlainBrowser, method: string, path: string) =>
  gateway().app.request(path, {
    method,
    headers: {
      cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'content-type': 'application/json',
    },
    ...(method === 'GET' ? {} : { body: '{}' }),
  })

describe('M5: a pass that was claimed under a session which has ended since', () => {
  it('is not used with a later session of its account, which gets its own pass by claiming again', async () => {
    const { room, fan, account } = await goIn()
    const previous = passIdOf(fan, room)
    const seconds = Math.floor(Date.now() / 1000)
    await redis().set(sessionEndKey(account), seconds + 1, 'EX', 60)
    const later = { aud: AUDIENCES.session, sub: account, name: 'Fan', roles: ['fan' as const] }
    fan.cookies.set(SESSION, keys.signSession({ ...later, iat: seconds + 1, exp: seconds + 600 }))
    const hold = await ask(fan, 'PUT', `/api/rooms/${room}/hold`)
    expect(await hold.json()).toMatchObject({ code: 'token-missing' })
    expect((await fan.open(pathOf(room))).html).toContain(GO_ON_HERE)
    expect(fan.cookies.has(cookies(passCookie(room)))).toBe(false)
    expect((await fan.send(`${pathOf(room)}/claim`)).location).toBe(basketOf(room))
    expect(passIdOf(fan, room)).toBe(previous)
    answers.set(`PUT /api/rooms/${room}/hold`, { body: {} })
    expect((await ask(fan, 'PUT', `/api/rooms/${room}/hold`)).status).toBe(200)
  })
})

describe('a browser that two people use', () => {
  it('clears passes, places and entries of every room on sign-out', async () => {
    const { room, fan } = await goIn()
    fan.cookies.set(cookies(entryCookie('other')), 'key')
    answers.set('DELETE /api/sessions/current', { status: 503 })
    await fan.send('/sign-out')
    expect([...fan.cookies.keys()]).toEqual([])
    expect((await fan.open(basketOf(room))).path).toBe(`/sign-in?next=${encodeURIComponent(basketOf(room))}`)
  })

  it('clears the previous user’s pass when another account signs in, and preserves the place of a signed-out user', async () => {
    const { room, fan } = await goIn()
    fan.cookies.delete(SESSION)
    await signIn(fan, randomUUID())
    expect(fan.cookies.has(cookies(passCookie(room)))).toBe(false)
    expect(fan.cookies.has(cookies(placeCookie(room)))).toBe(true)
  })

  it('also clears the place when another account signs in over a live session', async () => {
    const { room, fan } = await goIn()
    await signIn(fan, randomUUID())
    expect([...fan.cookies.keys()]).toEqual([SESSION])
    expect((await fan.open(basketOf(room))).path).toBe(pathOf(room))
  })

  it('preserves the pass when the same account signs in again', async () => {
    const { room, fan, account } = await goIn()
    const pass = passIdOf(fan, room)
    await signIn(fan, account)
    expect(passIdOf(fan, room)).toBe(pass)
  })

  it.each([
    ['GET', 'hold'],
    ['PUT', 'hold'],
    ['DELETE', 'hold'],
    ['POST', 'payments'],
    ['DELETE', 'pass'],
  ])('uses no pass beside the session of another, or none: %s %s', async (method, what) => {
    const { room, fan, account } = await goIn()
    const path = `/api/rooms/${room}/${what}`
    for (const session of [sessionOf(randomUUID()), undefined]) {
      if (session === undefined) fan.cookies.delete(SESSION)
      else fan.cookies.set(SESSION, session)
      const answer = await ask(fan, method, path)
      expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'token-missing' }])
    }
    expect(await redis().hexists(roomKeys(room).pass, account)).toBe(1)
    fan.cookies.set(SESSION, sessionOf(account))
    expect((await ask(fan, method, path)).status).toBeLessThan(300)
  })

  it('shows no user the basket of another, and pays for none', async () => {
    const { room, fan } = await goIn()
    fan.cookies.set(SESSION, sessionOf(randomUUID()))
    expect((await fan.open(basketOf(room))).path).toBe(pathOf(room))
    expect(fan.cookies.has(cookies(passCookie(room)))).toBe(false)
  })
})

describe('an admitted fan', () => {
  it('continues in another browser with the same pass', async () => {
    const { room, fan, account } = await goIn()
    const laptop = openBrowser()
    laptop.cookies.set(SESSION, sessionOf(account))
    const { html } = await laptop.open(pathOf(room))
    expect(html).toContain(GO_ON_HERE)
    expect(stepOf(html)).toEqual([])
    const admitted = await laptop.send(`${pathOf(room)}/claim`, { of: 'account' })
    expect(admitted.location).toBe(basketOf(room))
    expect(passIdOf(laptop, room)).toBe(passIdOf(fan, room))
  })

  it.each([{ of: 'account' }, {}])(
    'continues where this browser has another place, which is preserved: %j',
    async (form: { of?: string }) => {
      const { room, fan, account } = await goIn()
      const laptop = openBrowser()
      await laptop.open(pathOf(room))
      await laptop.send(`${pathOf(room)}/enter`)
      await callEveryone(room)
      const place = laptop.cookies.get(cookies(placeCookie(room)))
      laptop.cookies.set(SESSION, sessionOf(account))
      const refused = await ask(laptop, 'POST', `/api/rooms/${room}/claims`)
      expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'pass-held' }])
      expect((await laptop.open(pathOf(room))).html).toContain(GO_ON_HERE)
      await laptop.send(`${pathOf(room)}/claim`, form)
      expect(passIdOf(laptop, room)).toBe(passIdOf(fan, room))
      expect(laptop.cookies.get(cookies(placeCookie(room)))).toBe(place)
    },
  )

  it('is not offered to other accounts, nor to a fan who has left', async () => {
    const { room, fan, account } = await goIn()
    const [other, laptop] = [openBrowser(), openBrowser()]
    other.cookies.set(SESSION, sessionOf(randomUUID()))
    expect(stepOf((await other.open(pathOf(room))).html)).toEqual(['enter'])
    await fan.send(`${basketOf(room)}/leave`)
    laptop.cookies.set(SESSION, sessionOf(account))
    expect(stepOf((await laptop.open(pathOf(room))).html)).toEqual(['enter'])
    const told = await laptop.send(`${pathOf(room)}/claim`, { of: 'account' })
    expect(told.html).toContain('Join the queue')
  })

  it('is told that the time to buy is over, and may take a new place', async () => {
    const { room, fan, account } = await goIn()
    const seconds = Math.floor(Date.now() / 1000)
    const ended = { aud: room, sub: account, jti: 'ended', iat: seconds - 600, exp: seconds - 1 }
    fan.cookies.set(cookies(passCookie(room)), keys.signPass(ended))
    const { pass, passes } = roomKeys(room)
    await redis().del(pass, passes)
    const { path, html } = await fan.open(basketOf(room))
    expect(path).toBe(`${pathOf(room)}?flash=pass-ended`)
    expect(html).toContain('Your time to buy is over')
    expect(stepOf(html)).toEqual(['enter'])
    expect([...fan.cookies.keys()]).toEqual([SESSION, cookies(entryCookie(room))])
  })

  it('H9: is told that the room was restored, and continues to wait with the same place', async () => {
    const { room, fan } = await goIn()
    expect(passOf(fan, room).epoch).toBe(1)
    const { settings, pass, passes, claimed, admission } = roomKeys(room)
    await redis().del(pass, passes, claimed)
    await redis().hset(settings, 'epoch', 2, 'restored', ' 2:1')
    await redis().hdel(admission, 'serving')
    await gateway().snapshots.refresh([room])
    const { path, html } = await fan.open(basketOf(room))
    expect(path).toBe(`${pathOf(room)}?flash=room-restored`)
    expect(html).toContain(flashText('room-restored', 'en'))
    expect(fan.cookies.has(cookies(placeCookie(room)))).toBe(true)
    expect(fan.cookies.has(cookies(passCookie(room)))).toBe(false)
  })
})
