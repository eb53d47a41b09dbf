import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cookieSchemeOf } from '../shared/http/cookies.ts'
import { type Listening, listen } from '../shared/http/listen.ts'
import { createLogger } from '../shared/runtime/log.ts'
import { useRedis } from '../shared/testing/redis.ts'
import { placeCookie, SESSION_COOKIE } from '../shared/tokens/cookies.ts'
import { stepOf, useTestPages } from './testing/pages.ts'
import { createPageListener } from './web/page-cache.ts'

const PUBLIC_URL = 'http://127.0.0.1:8080'

const { redis } = useRedis()
const { gateway, callEveryone, makeRoom, openBrowser, sessionOf } = useTestPages(redis, {
  publicUrl: PUBLIC_URL,
})

describe('M20: a gateway that is reached over plain http on this host', () => {
  it('sets cookies for place, session and pass that WebKit accepts over plain http', async () => {
    const room = await makeRoom()
    const browser = openBrowser()
    const path = `/festivals/${room}/room`
    const before = await browser.open(path)
    expect(before.headers.getSetCookie().join()).not.toMatch(/__Host-|secure/i)
    const entered = await browser.send(`${path}/enter`)
    expect(stepOf(entered.html)).not.toContain('enter')
    await callEveryone(room)
    // Set by another site on this host: both are sent, and only ours is read.
    browser.cookies.set('__Host-naru-session', sessionOf('01990000-0000-7000-8000-000000000002'))
    expect(stepOf((await browser.open(path)).html)).toEqual(['called'])
    expect(await browser.send(`${path}/claim`)).toMatchObject({
      path: expect.stringMatching(/^\/sign-in\?/),
    })
    browser.cookies.set(SESSION_COOKIE, sessionOf('01990000-0000-7000-8000-000000000001'))
    expect(await browser.send(`${path}/claim`)).toMatchObject({ location: `/festivals/${room}/buy` })
    const ours = [...browser.cookies.keys()].filter((name) => name !== '__Host-naru-session')
    expect(ours.toSorted()).toEqual(
      [`naru-entry-${room}`, `naru-pass-${room}`, placeCookie(room), SESSION_COOKIE].toSorted(),
    )
  })

  it('clears every one of them when the fan signs out', async () => {
    const browser = openBrowser()
    const cached = ['naru-session', 'naru-entry-a', 'naru-place-a', 'naru-pass-b']
    for (const name of cached) browser.cookies.set(name, 'x')
    browser.cookies.set('naru-device', 'y')
    await browser.send('/sign-out')
    expect([...browser.cookies.keys()]).toEqual(['naru-device'])
  })
})

describe('M20: cached pages over plain http', () => {
  let server: Listening
  let pages = 0
  let room: string

  beforeAll(async () => {
    room = await makeRoom()
    const { app, festivals } = gateway()
    const cookies = cookieSchemeOf(PUBLIC_URL)
    const options = { cachedMs: 600_000, cachedMax: 10, now: Date.now, log: createLogger('test', 'silent') }
    server = await listen(app, {
      ...{ hostname: '127.0.0.1', port: 0, connectionsMax: 100 },
      first: createPageListener({ app, festivals, cookies, ...options, onPage: () => (pages += 1) }),
    })
  })

  afterAll(() => server.close())

  async function ask(cookie: string) {
    const before = pages
    const url = `http://127.0.0.1:${server.port}/festivals/${room}/room`
    const response = await fetch(url, { headers: { cookie, 'accept-language': 'en' } })
    await response.arrayBuffer()
    return { isCached: pages > before, lines: response.headers.getSetCookie() }
  }

  it('are served to visitors with neither session nor place, whatever language they chose', async () => {
    await expect.poll(async () => (await ask('a=1')).isCached).toBe(true)
    const [line = ''] = (await ask('')).lines
    expect(line).toMatch(new RegExp(`^naru-entry-${room}=[\\w-]{22}; Path=/; HttpOnly; SameSite=Lax$`))
    expect((await ask(line.split(';')[0] ?? '')).lines).toEqual([])
    for (const name of ['naru-session', 'naru-place-a', 'naru-pass-a']) {
      expect(await ask(`naru-language=en; ${name}=mine`)).toMatchObject({ isCached: false })
    }
    expect(await ask('naru-language=en')).toMatchObject({ isCached: true })
  })
})
