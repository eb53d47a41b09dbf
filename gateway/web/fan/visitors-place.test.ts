import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../../shared/testing/redis.ts'
import { placeCookie } from '../../../shared/tokens/cookies.ts'
import { entryCookie } from '../../room/entry-key.ts'
import { type PlainBrowser, stepOf, useTestPages } from '../../testing/pages.ts'
import { flashText } from '../layout/text/flash.ts'

const { redis } = useRedis()
const { callEveryone, gateway, keys, makeRoom, openBrowser, sessionOf, tick } = useTestPages(redis)
const SESSION = '__Host-naru-session'
const HOUR_MS = 3_600_000

const cookieOf = (room: string) => `__Host-${placeCookie(room)}`
const pathOf = (room: string) => `/festivals/${room}/room`

/** Enters by the form; returns the index of the place. */
async function enter(browser: PlainBrowser, room: string): Promise<number> {
  const entered = await browser.send(`${pathOf(room)}/enter`)
  expect(entered.status).toBe(200)
  return indexOf(browser, room)
}

function indexOf(browser: PlainBrowser, room: string): number {
  const place = keys.verifiers.place(browser.cookies.get(cookieOf(room)) ?? '')
  if (place.status !== 'valid') throw new Error(`The place is ${place.status}`)
  return place.claims.index
}

/** A signed-in fan who has been called, in a room that calls immediately. */
async function beCalled() {
  const room = await makeRoom()
  const fan = openBrowser()
  const index = await enter(fan, room)
  await callEveryone(room)
  const account = randomUUID()
  fan.cookies.set(SESSION, sessionOf(account))
  expect(stepOf((await fan.open(pathOf(room))).html)).toEqual(['called'])
  return { room, fan, account, index }
}

async function miss(room: string): Promise<void> {
  await redis().del(roomKeys(room).calls)
  await redis().hset(roomKeys(room).admission, 'missedThrough', 0)
}

/** Claims a pass and leaves it: the place is used up. */
async function useUp(room: string, fan: PlainBrowser): Promise<void> {
  const admitted = await fan.send(`${pathOf(room)}/claim`)
  expect(admitted.location).toBe(`/festivals/${room}/buy`)
  await fan.send(`/festivals/${room}/buy/leave`)
}

/** The room's Redis was wiped, and this many places were restored in time. */
async function restoreOnly(room: string, entries: number): Promise<void> {
  await redis().hset(roomKeys(room).settings, { epoch: 2, restored: ` 2:${entries}` })
  await tick(room)
}

type Called = Awaited<ReturnType<typeof beCalled>>

/** A token found by account, without the entry that would prove its owner. */
async function lose({ room, fan, index }: Called): Promise<void> {
  const seconds = Math.floor(Date.now() / 1000)
  const place = { aud: room, index, epoch: 1, iat: seconds, exp: seconds + 600 }
  fan.cookies.set(cookieOf(room), keys.signPlace(place))
  await restoreOnly(room, 0)
}

const ENDS: [string, (called: Called) => Promise<void>, string][] = [
  ['missed', ({ room }) => miss(room), 'You missed your turn.'],
  ['used', ({ room, fan }) => useUp(room, fan), 'You’ve already used this place.'],
  ['lost', lose, 'We couldn’t restore your place.'],
  [
    'no place of ours',
    async ({ room, fan }) => void fan.cookies.set(cookieOf(room), 'made.up.token'),
    'This place is no longer valid.',
  ],
]

describe.each(ENDS)('a place that is %s', (_, end, words) => {
  it('is cleared when it is claimed, with an explanation, and a new one can be taken', async () => {
    const called = await beCalled()
    const { room, fan } = called
    await end(called)
    const told = await fan.send(`${pathOf(room)}/claim`)
    expect(told.html).toContain(words)
    expect(fan.cookies.has(cookieOf(room))).toBe(false)
    expect(stepOf(told.html)).toEqual(['enter'])
    expect(await enter(fan, room)).toBeGreaterThan(called.index)
  })

  it('is cleared when it is left, and a new one can be taken', async () => {
    const called = await beCalled()
    const { room, fan } = called
    await end(called)
    const left = await fan.send(`${pathOf(room)}/leave`)
    expect(fan.cookies.has(cookieOf(room))).toBe(false)
    expect(stepOf(left.html)).toEqual(['enter'])
    expect(await enter(fan, room)).toBeGreaterThan(called.index)
  })
})

it('a place is over with the pass that it was claimed with, on whatever device that was used or left', async () => {
  const { room, fan, index } = await beCalled()
  await fan.send(`${pathOf(room)}/claim`)
  const otherTab = openBrowser()
  for (const [name, value] of fan.cookies) otherTab.cookies.set(name, value)
  await otherTab.send(`/festivals/${room}/buy/leave`)
  expect(stepOf((await fan.open(pathOf(room))).html)).toEqual(['enter'])
  // The page sets a key for entering again.
  expect([...fan.cookies.keys()]).toEqual([SESSION, `__Host-${entryCookie(room)}`])
  // A later one is not over.
  expect(await enter(fan, room)).toBeGreaterThan(index)
})

it('a place is over when it was used for a pass, even if the browser has not stored the pass', async () => {
  const { room, fan } = await beCalled()
  await useUp(room, fan)
  expect(fan.cookies.has(cookieOf(room))).toBe(true)
  expect(stepOf((await fan.open(pathOf(room))).html)).toEqual(['enter'])
  expect(fan.cookies.has(cookieOf(room))).toBe(false)
})

describe('M15: a called place', () => {
  it.each([
    ['en', /Go in within [12]:\d\d, or you’ll have to queue again\./],
    ['ko', /[12]:\d\d 안에 입장하지 않으면 다시 대기해야 합니다\./],
  ])('is told how long its turn lasts, without JavaScript too, in %s', async (language, words) => {
    const room = await makeRoom({ graceSeconds: 120 })
    const fan = openBrowser(language)
    await enter(fan, room)
    await callEveryone(room)
    expect((await fan.open(pathOf(room))).html).toMatch(words)
    const cookie = [...fan.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const place = await gateway().app.request(`/api/rooms/${room}/place`, { headers: { cookie } })
    expect(await place.json()).toMatchObject({ called: true, turnEndsAt: expect.stringMatching(/Z$/) })
  })

  it.each(['sign-in', 'sign-up'])(
    'is shown the turn on the page to %s on the way to the claim',
    async (page) => {
      const room = await makeRoom({ graceSeconds: 120 })
      const fan = openBrowser()
      await enter(fan, room)
      const path = `/${page}?next=${encodeURIComponent(pathOf(room))}`
      expect((await fan.open(path)).html).not.toContain('data-timer')
      await callEveryone(room)
      const { html, headers } = await fan.open(path)
      expect(html).toMatch(/Go in within [12]:\d\d, or you’ll have to queue again\./)
      expect(html).toContain(`data-next="${pathOf(room)}"`)
      expect(headers.get('cache-control')).toBe('no-store')
      expect((await openBrowser().open(path)).html).not.toContain('data-timer')
      await miss(room)
      expect((await fan.open(path)).html).not.toContain('data-timer')
    },
  )

  it('is cleared by opening the page once its turn has passed', async () => {
    const { room, fan } = await beCalled()
    await miss(room)
    const { html } = await fan.open(pathOf(room))
    expect(stepOf(html)).toEqual(['enter'])
    expect(html).toContain('You missed your turn.')
    expect(fan.cookies.has(cookieOf(room))).toBe(false)
  })
})

describe('a valid place', () => {
  it('is preserved after a claim that is too early, or before signing in', async () => {
    const room = await makeRoom({ opensAt: Date.now() + HOUR_MS })
    const fan = openBrowser()
    await enter(fan, room)
    const asked = await fan.send(`${pathOf(room)}/claim`)
    expect(asked.html).toContain('action="/sign-in"')
    expect(fan.cookies.has(cookieOf(room))).toBe(true)
    fan.cookies.set(SESSION, sessionOf(randomUUID()))
    const told = await fan.send(`${pathOf(room)}/claim`)
    expect(fan.cookies.has(cookieOf(room))).toBe(true)
    expect(stepOf(told.html)).toEqual(['lobby'])
  })

  it('is preserved after a claim without a free slot', async () => {
    const { room, fan } = await beCalled()
    const first = openBrowser()
    await enter(first, room)
    await callEveryone(room)
    await publishTestRoom(redis(), { room, settings: { maxActive: 1, version: 2 } })
    first.cookies.set(SESSION, sessionOf(randomUUID()))
    await first.send(`${pathOf(room)}/claim`)
    const told = await fan.send(`${pathOf(room)}/claim`)
    expect(told.html).toContain('You’re next.')
    expect(fan.cookies.has(cookieOf(room))).toBe(true)
    expect(stepOf(told.html)).toEqual(['called'])
  })

  it('of another account is not claimed, and stays bound to that account when it is left here', async () => {
    const { room, fan } = await beCalled()
    const account = randomUUID()
    await redis().hset(roomKeys(room).accounts, { 0: account, [`@${account}`]: 0 })
    const told = await fan.send(`${pathOf(room)}/claim`)
    expect(told.html).toContain('This place belongs to another account')
    expect(fan.cookies.has(cookieOf(room))).toBe(true)
    const left = await fan.send(`${pathOf(room)}/leave`)
    expect(stepOf(left.html)).toEqual(['enter'])
    expect(fan.cookies.has(cookieOf(room))).toBe(false)
    expect(await redis().hget(roomKeys(room).accounts, '0')).toBe(account)
  })
})

describe('a place in a room that was wiped', () => {
  it('is returned to the room by opening the page, which reloads by itself', async () => {
    const room = await makeRoom({ opensAt: Date.now() + HOUR_MS })
    const fan = openBrowser()
    await enter(openBrowser(), room)
    const index = await enter(fan, room)
    const { entries, settings } = roomKeys(room)
    await redis().del(entries)
    await redis().hset(settings, { epoch: 2, restoringUntil: Date.now() + HOUR_MS })
    await tick(room)
    const { html } = await fan.open(pathOf(room))
    expect(html).toContain('We’re restoring the waiting room')
    expect(stepOf(html)).not.toEqual(['enter'])
    expect(await redis().strlen(entries)).toBe(16 * (index + 1))
    expect(indexOf(fan, room)).toBe(index)
  })

  it('is valid although it was returned too late, while no other entry has the index', async () => {
    const { room, fan, index } = await beCalled()
    await restoreOnly(room, 0)
    expect(stepOf((await fan.open(pathOf(room))).html)).toEqual(['called'])
    expect(indexOf(fan, room)).toBe(index)
  })

  it('H9: is replaced, with an explanation, once an older fan has returned to it', async () => {
    const { room, fan, index } = await beCalled()
    const { entries, settings, seconds } = roomKeys(room)
    await redis().setrange(entries, 16 * index, randomBytes(16))
    await redis().setrange(seconds, 4 * index, Buffer.from([0, 0, 0, 1]))
    await redis().hset(settings, 'moved', 1)
    await tick(room)
    const { html } = await fan.open(pathOf(room))
    expect(html).toContain(flashText('place-moved', 'en'))
    expect(indexOf(fan, room)).toBe(index + 1)
    // Shown once; from then on it is an ordinary place.
    expect((await fan.open(pathOf(room))).html).not.toContain(flashText('place-moved', 'en'))
    await callEveryone(room)
    expect((await fan.send(`${pathOf(room)}/claim`)).location).toBe(`/festivals/${room}/buy`)
  })

  it('is reported as lost by opening the page, which offers a new one', async () => {
    const called = await beCalled()
    const { room, fan } = called
    await lose(called)
    const { html } = await fan.open(pathOf(room))
    expect(html).toContain('We couldn’t restore your place.')
    expect(stepOf(html)).toEqual(['enter'])
    expect(fan.cookies.has(cookieOf(room))).toBe(false)
  })

  it('continues under the new epoch if it was restored in time', async () => {
    const { room, fan, index } = await beCalled()
    await restoreOnly(room, 1)
    expect(stepOf((await fan.open(pathOf(room))).html)).toEqual(['called'])
    expect(indexOf(fan, room)).toBe(index)
    expect((await fan.send(`${pathOf(room)}/claim`)).location).toBe(`/festivals/${room}/buy`)
  })
})

describe("an account's place", () => {
  it('is shown on another device where the account is signed in, and stored there, while it waits', async () => {
    const room = await makeRoom({ opensAt: Date.now() + HOUR_MS })
    const account = randomUUID()
    const [phone, laptop] = [openBrowser(), openBrowser()]
    await enter(openBrowser(), room)
    const index = await enter(phone, room)
    await redis().hset(roomKeys(room).accounts, { [index]: account, [`@${account}`]: index })
    expect(stepOf((await laptop.open(pathOf(room))).html)).toEqual(['enter'])
    laptop.cookies.set(SESSION, sessionOf(account))
    const { html } = await laptop.open(pathOf(room))
    expect(stepOf(html)).toEqual(['lobby'])
    expect(indexOf(laptop, room)).toBe(index)
    expect(html).not.toContain(laptop.cookies.get(cookieOf(room)))
  })

  it('is shown on another device when it is called, and claimed there', async () => {
    const { room, fan, account, index } = await beCalled()
    await redis().hset(roomKeys(room).accounts, { [index]: account, [`@${account}`]: index })
    const laptop = openBrowser()
    laptop.cookies.set(SESSION, fan.cookies.get(SESSION) ?? '')
    expect(stepOf((await laptop.open(pathOf(room))).html)).toEqual(['called'])
    expect(indexOf(laptop, room)).toBe(index)
    expect((await laptop.send(`${pathOf(room)}/claim`)).location).toBe(`/festivals/${room}/buy`)
  })

  it('is the one claimed when another place is called too', async () => {
    const { room, fan, account, index } = await beCalled()
    await redis().hset(roomKeys(room).accounts, { [index]: account, [`@${account}`]: index })
    const laptop = openBrowser()
    await enter(laptop, room)
    await callEveryone(room)
    laptop.cookies.set(SESSION, fan.cookies.get(SESSION) ?? '')
    expect((await laptop.send(`${pathOf(room)}/claim`)).location).toBe(`/festivals/${room}/buy`)
    expect(stepOf((await fan.open(pathOf(room))).html)).toEqual([])
  })

  it('is not offered again once it was used', async () => {
    const { room, fan } = await beCalled()
    await useUp(room, fan)
    fan.cookies.delete(cookieOf(room))
    expect(stepOf((await fan.open(pathOf(room))).html)).toEqual(['enter'])
    expect(fan.cookies.has(cookieOf(room))).toBe(false)
  })
})
