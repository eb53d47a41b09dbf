import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Catalogue } from '../../shared/catalogue.ts'
import { ORIGINS_KEY } from '../../shared/redis/keys.ts'
import { publishTestRoom, type TestSettings, useRedis } from '../../shared/testing/redis.ts'
import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import { createTestGateway, makeGatewayKeys } from '../testing.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const seconds = Math.floor(Date.now() / 1000)
const rooms = new Set<string>()
let origin: Server
let gateway: ReturnType<typeof createTestGateway>

beforeAll(async () => {
  origin = createServer((_, response) => {
    const catalogue: Catalogue = { festivals: [...rooms].map(festivalOf) }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(catalogue))
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  gateway = createTestGateway(redis(), `http://127.0.0.1:${(origin.address() as AddressInfo).port}`, keys)
  await redis().originBeat(ORIGINS_KEY, 'test', 1000)
  await gateway.snapshots.refresh([])
})

afterAll(async () => {
  await gateway.origin.close()
  await new Promise((resolve) => origin.close(resolve))
})

function festivalOf(id: string): Catalogue['festivals'][number] {
  const at = new Date().toISOString()
  return {
    id,
    name: `<b>Fest</b> ${id}`,
    place: 'Seoul',
    startsAt: at,
    endsAt: at,
    currency: 'KRW',
    room: { id, order: 'arrival', lobbyAt: at, opensAt: at, closesAt: at },
    ticketTypes: [
      { id: 1, name: 'Day', priceMinor: 1000, accountLimit: 4, saleFrom: at, saleTo: at, refundUntil: at },
    ],
  }
}

async function makeRoom(settings: TestSettings = {}): Promise<string> {
  const room = await publishTestRoom(redis(), { settings })
  rooms.add(room)
  await gateway.festivals.refresh()
  await tick(room)
  return room
}

const tick = (room: string) => gateway.snapshots.refresh([room])

/** A browser that runs no scripts: it follows links, sends forms, keeps cookies and goes where it is sent. */
function openBrowser(language = 'en') {
  const cookies = new Map<string, string>()
  async function visit(method: string, path: string, form?: Record<string, string>, hops = 0) {
    const response = await gateway.app.request(path, {
      method,
      headers: {
        'accept-language': language,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.slice(0, line.indexOf(';')).split('=')
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location !== null && hops < 3 && !location.endsWith('/buy'))
      return visit('GET', location, undefined, hops + 1)
    return { status: response.status, location, html: await response.text() }
  }
  return {
    cookies,
    open: (path: string) => visit('GET', path),
    send: (path: string, form: Record<string, string> = {}) => visit('POST', path, form),
  }
}

/** The one step of the room's page that is not hidden. */
const stepOf = (html: string) =>
  [...html.matchAll(/<section[^>]*data-step="(\w+)"([^>]*)>/g)]
    .filter(([, , rest]) => !rest?.includes('hidden'))
    .map(([, step]) => step)

const entryKey = (html: string) => /name="key" value="([^"]+)"/.exec(html)?.[1] ?? ''
const session = (sub: string) =>
  keys.signSession({
    aud: AUDIENCES.session,
    sub,
    name: 'Fan',
    roles: ['fan'],
    iat: seconds,
    exp: seconds + 600,
  })

describe('a fan without JavaScript', () => {
  it('enters, waits, is called, signs in and goes in with a pass', async () => {
    const room = await makeRoom({ opensAt: Date.now() + 60_000 })
    const browser = openBrowser()
    const path = `/festivals/${room}/room`
    const before = await browser.open(path)
    expect(stepOf(before.html)).toEqual(['enter'])
    expect(before.html).toContain('http-equiv="refresh"')

    const entered = await browser.send(`${path}/enter`, { key: entryKey(before.html) })
    expect(stepOf(entered.html)).toEqual(['lobby'])

    await publishTestRoom(redis(), { room, settings: { version: 2 } })
    await tick(room)
    await tick(room)
    const called = await browser.open(path)
    expect(stepOf(called.html)).toEqual(['called'])
    expect(called.html).toContain(`/sign-in?next=${encodeURIComponent(path)}`)

    browser.cookies.set('__Host-naru-session', session('01990000-0000-7000-8000-000000000001'))
    const inside = await browser.send(`${path}/claim`)
    expect(inside).toMatchObject({ status: 303, location: `/festivals/${room}/buy` })
    expect([...browser.cookies.keys()]).toContain(`__Host-naru-pass-${room}`)
  })

  it('gets the same place when the form is sent twice', async () => {
    const room = await makeRoom({ opensAt: Date.now() + 60_000 })
    const browser = openBrowser()
    const key = entryKey((await browser.open(`/festivals/${room}/room`)).html)
    await browser.send(`/festivals/${room}/room/enter`, { key })
    await browser.send(`/festivals/${room}/room/enter`, { key })
    await tick(room)
    expect(gateway.snapshots.of(room)?.state.entries).toBe(1)
  })

  it('is told in words why something was refused', async () => {
    const room = await makeRoom({ opensAt: Date.now() + 60_000, entriesMax: 1 })
    const enter = async () => {
      const browser = openBrowser()
      const key = entryKey((await browser.open(`/festivals/${room}/room`)).html)
      return await browser.send(`/festivals/${room}/room/enter`, { key })
    }
    await enter()
    expect((await enter()).html).toContain('The waiting room is full')
  })

  it('gives the place up', async () => {
    const room = await makeRoom({ ratePerSecond: 1, maxActive: 1 })
    const browser = openBrowser()
    for (const fan of [openBrowser(), openBrowser(), browser]) {
      const key = entryKey((await fan.open(`/festivals/${room}/room`)).html)
      await fan.send(`/festivals/${room}/room/enter`, { key })
    }
    await tick(room)
    const left = await browser.send(`/festivals/${room}/room/leave`)
    expect(stepOf(left.html)).toEqual(['enter'])
  })
})

describe('the pages', () => {
  it('speak Korean to a browser that asks for it, and keep a choice', async () => {
    const room = await makeRoom()
    const browser = openBrowser('ko-KR,ko;q=0.9')
    expect((await browser.open(`/festivals/${room}/room`)).html).toContain('<html lang="ko">')
    const back = `/festivals/${room}`
    expect((await browser.send('/language', { language: 'en', back })).html).toContain('<html lang="en">')
  })

  it.each(['//elsewhere.test', '/\\elsewhere.test', 'https://elsewhere.test', 'javascript:alert(1)', ''])(
    'lead nowhere else after a switch of the language: %s',
    async (back) => {
      const response = await gateway.app.request('/language', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ language: 'ko', back }).toString(),
      })
      expect(response.headers.get('location')).toBe('/')
    },
  )

  it('show names as text, not markup', async () => {
    const room = await makeRoom()
    for (const path of ['/', `/festivals/${room}`, `/festivals/${room}/room`]) {
      expect((await openBrowser().open(path)).html).not.toContain('<b>Fest</b>')
    }
  })

  it('find a festival by its name or place', async () => {
    const room = await makeRoom()
    expect((await openBrowser().open(`/?q=${room}`)).html).toContain(`/festivals/${room}"`)
    expect((await openBrowser().open('/?q=nowhere-at-all')).html).not.toContain(`/festivals/${room}"`)
  })

  it('allow no script but our own files', async () => {
    const { headers } = await gateway.app.request('/')
    expect(headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})

describe('what goes wrong', () => {
  const visit = (path: string, accept: string) =>
    gateway.app.request(path, { headers: { accept, 'accept-language': 'ko' } })
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

  it('is a page for browsers, which says what to do next', async () => {
    const response = await visit('/nowhere', browser)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain('축제 목록으로')
  })

  it('is a problem document for programs, and everywhere in the API', async () => {
    for (const [path, accept] of [
      ['/nowhere', '*/*'],
      ['/nowhere', 'application/json'],
      ['/api/nowhere', browser],
    ] as const) {
      const response = await visit(path, accept)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
    }
  })
})
