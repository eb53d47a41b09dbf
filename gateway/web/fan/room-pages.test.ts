import { describe, expect, it } from 'vitest'
import type { BeaconRule } from '../../../shared/api/draw-record.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../../shared/testing/redis.ts'
import { stepOf, useTestPages } from '../../testing/pages.ts'
import { errorsText } from '../layout/text/errors.ts'
import { drawText } from './text/draw.ts'
import { roomText } from './text/room.ts'
import { roomPageText } from './text/room-page.ts'

const { redis } = useRedis()
const { gateway, makeRoom, openBrowser, sessionOf, tick } = useTestPages(redis)

describe('a fan without JavaScript', () => {
  it('enters, waits, is called, signs in and gets a pass', async () => {
    const room = await makeRoom({ opensAt: Date.now() + 60_000 })
    const browser = openBrowser()
    const path = `/festivals/${room}/room`
    const before = await browser.open(path)
    expect(stepOf(before.html)).toEqual(['enter'])
    expect(before.html).toContain('http-equiv="refresh"')

    const entered = await browser.send(`${path}/enter`)
    expect(stepOf(entered.html)).toEqual(['lobby'])

    await publishTestRoom(redis(), { room, settings: { version: 2 } })
    await tick(room)
    await tick(room)
    const called = await browser.open(path)
    expect(stepOf(called.html)).toEqual(['called'])
    expect(called.html).toContain(`/sign-in?next=${encodeURIComponent(path)}`)

    browser.cookies.set('__Host-naru-session', sessionOf('01990000-0000-7000-8000-000000000001'))
    const admitted = await browser.send(`${path}/claim`)
    expect(admitted).toMatchObject({ status: 303, location: `/festivals/${room}/buy` })
    expect([...browser.cookies.keys()]).toContain(`__Host-naru-pass-${room}`)
  })

  it('gets the same place when the form is sent twice', async () => {
    const room = await makeRoom({ opensAt: Date.now() + 60_000 })
    const browser = openBrowser()
    await browser.open(`/festivals/${room}/room`)
    // Both carry the cookies of the page, whichever response is first.
    const twin = openBrowser()
    for (const [name, value] of browser.cookies) twin.cookies.set(name, value)
    await Promise.all([browser, twin].map((each) => each.send(`/festivals/${room}/room/enter`)))
    await browser.send(`/festivals/${room}/room/enter`)
    await tick(room)
    expect(gateway().snapshots.of(room)?.state.entries).toBe(1)
  })

  it('is shown why something was refused', async () => {
    const room = await makeRoom({ opensAt: Date.now() + 60_000, entriesMax: 1 })
    const enter = async () => {
      const browser = openBrowser()
      return await browser.send(`/festivals/${room}/room/enter`)
    }
    await enter()
    expect((await enter()).html).toContain('The waiting room is full')
  })

  it('is shown in the lobby when the sale opens', async () => {
    const opensAt = Date.parse('2096-01-02T15:10:00.000Z')
    const room = await makeRoom({ opensAt })
    const { html } = await openBrowser().send(`/festivals/${room}/room/enter`)
    expect(stepOf(html)).toEqual(['lobby'])
    expect(html).toContain(
      '<noscript><p>The sale opens on Tue 3 January 2096, 00:10 (South Korea time).</p></noscript>',
    )
  })

  it('can leave the place only once there is a position', async () => {
    const leave = /<form[^>]*data-form="leave"[^>]*>/
    const opensAt = Date.now() + 60_000
    const drawn = { order: 'draw' as const, drawSecret: 'ab'.repeat(32) }
    const shown = async (room: string) => {
      const { html } = await openBrowser().send(`/festivals/${room}/room/enter`)
      return html.match(leave)?.[0]
    }
    expect(await shown(await makeRoom({ opensAt, ...drawn }))).toMatch(/ hidden>$/)
    expect(await shown(await makeRoom({ opensAt }))).not.toContain(' hidden')
  })

  describe('C2: in the lobby of a draw', () => {
    const drawing = { order: 'draw' as const, drawSecret: 'ab'.repeat(32) }
    const proof = { method: 'email', group: '' } as const
    const account = (n: number) => `01990000-0000-7000-8000-00000000000${n}`
    const SIGN_IN = roomText.en.chance['signed-out']

    async function lobby(beacon: BeaconRule = 'none') {
      const room = await makeRoom({ ...drawing, beacon, opensAt: Date.now() + 60_000 })
      const enter = async (session?: string) => {
        const browser = openBrowser()
        if (session !== undefined) browser.cookies.set('__Host-naru-session', session)
        const { html } = await browser.send(`/festivals/${room}/room/enter`)
        return { browser, html }
      }
      const chances = () => redis().bitcount(roomKeys(room).participants)
      return { room, enter, chances }
    }

    it('is shown how to take part, does so as soon as the address is confirmed, and gets no second chance', async () => {
      const { room, enter, chances } = await lobby()
      const path = `/festivals/${room}/room`
      const { browser, html } = await enter()
      expect(html).toContain(SIGN_IN)
      expect(html).toContain(`/sign-in?next=${encodeURIComponent(path)}`)

      browser.cookies.set('__Host-naru-session', sessionOf(account(1)))
      const unproven = await browser.open(path)
      expect(unproven.html).toContain(roomText.en.chance.unproven)
      expect(unproven.html).toContain(`/confirm-email?next=${encodeURIComponent(path)}`)
      expect(await chances()).toBe(0)

      browser.cookies.set('__Host-naru-session', sessionOf(account(1), { proof }))
      const proven = await browser.open(path)
      expect(proven.html).toContain(roomText.en.chance.yes)
      expect(proven.html).not.toContain(SIGN_IN)
      const other = await enter(sessionOf(account(1), { proof }))
      expect(other.html).toContain(roomText.en.chance.elsewhere)
      expect(await chances()).toBe(1)
    })

    it('is shown when the limit of participants per network or mail domain is reached', async () => {
      const room = await makeRoom({ ...drawing, participantsPerDomainMax: 1, opensAt: Date.now() + 60_000 })
      const pages = [1, 2].map(async (n) => {
        const browser = openBrowser()
        const group = { method: 'email', group: 'one.example' } as const
        browser.cookies.set('__Host-naru-session', sessionOf(account(n), { proof: group }))
        return (await browser.send(`/festivals/${room}/room/enter`)).html
      })
      const told = (await Promise.all(pages)).map((html) => html.includes(roomText.en.chance['domain-limit']))
      expect(told.toSorted()).toEqual([false, true])
    })

    it.each(['required', 'preferred', 'none'] as const)(
      'can read the rules, also where the beacon is %s',
      async (beacon) => {
        const { room } = await lobby(beacon)
        const { html } = await openBrowser().open(`/festivals/${room}/room`)
        const { rulesList, rulesBeacon } = roomPageText.en
        for (const words of [...rulesList, rulesBeacon[beacon]]) expect(html).toContain(words)
      },
    )
  })

  it('is shown on the room’s and the draw’s page that calls wait for a required beacon while it is silent', async () => {
    const drawing = { order: 'draw', drawSecret: 'ab'.repeat(32), beacon: 'required' } as const
    const room = await makeRoom({ ...drawing, opensAt: Date.now() + 60_000 })
    const browser = openBrowser()
    await browser.send(`/festivals/${room}/room/enter`)
    const hashes = { logHash: 'cd'.repeat(32), participantsHash: 'cd'.repeat(32) }
    const round = { round: 7, roundAt: Date.now() + 3_600_000, beaconKey: 'ef'.repeat(96) }
    const closed = { lobbyEntries: 1, participants: 0, ...hashes, closedAt: 1, ...round }
    await redis().hset(roomKeys(room).admission, closed)
    await publishTestRoom(redis(), { room, settings: { ...drawing, version: 2 } })
    for (const path of ['room', 'draw']) {
      await expect
        .poll(async () => {
          await tick(room)
          return (await browser.open(`/festivals/${room}/${path}`)).html
        })
        .toContain(roomText.en.beaconRequired)
    }
    // The beacon was silent until the end.
    const over = { ...drawing, closesAt: Date.now() - 1000, version: 3 }
    await publishTestRoom(redis(), { room, settings: over })
    await expect
      .poll(async () => {
        await tick(room)
        return (await browser.open(`/festivals/${room}/draw`)).html
      })
      .toContain(drawText.en.never)
  })

  it('is shown the command that verifies a draw, with the public URL and the published commitment', async () => {
    const opensAt = Date.now() + 60_000
    const room = await makeRoom({ opensAt, order: 'draw', drawSecret: 'ab'.repeat(32) })
    const browser = openBrowser()
    await browser.send(`/festivals/${room}/room/enter`)
    const { draw } = gateway().snapshots.of(room)?.status ?? {}
    expect((await browser.open(`/festivals/${room}/draw`)).html).not.toContain('verify-draw')
    await publishTestRoom(redis(), {
      room,
      settings: { order: 'draw', drawSecret: 'ab'.repeat(32), version: 2 },
    })
    await expect
      .poll(async () => {
        await tick(room)
        return (await browser.open(`/festivals/${room}/draw`)).html
      })
      .toContain(
        `npm run verify-draw -- https://naru.test/api/rooms/${room} --commitment ${draw?.commitment} --log `,
      )
  })

  it('can leave the place, and take another', async () => {
    const room = await makeRoom({ ratePerSecond: 1, maxActive: 1 })
    const browser = openBrowser()
    for (const fan of [openBrowser(), openBrowser(), browser]) {
      await fan.open(`/festivals/${room}/room`)
      await fan.send(`/festivals/${room}/room/enter`)
    }
    await tick(room)
    const left = await browser.send(`/festivals/${room}/room/leave`)
    expect(stepOf(left.html)).toEqual(['enter'])
    await browser.send(`/festivals/${room}/room/enter`)
    await tick(room)
    expect(gateway().snapshots.of(room)?.state.entries).toBe(4)
  })
})

describe('the pages', () => {
  it('are in Korean for a browser that asks for it, and remember a choice', async () => {
    const room = await makeRoom()
    const browser = openBrowser('ko-KR,ko;q=0.9')
    expect((await browser.open(`/festivals/${room}/room`)).html).toContain('<html lang="ko">')
    const back = `/festivals/${room}`
    expect((await browser.send('/language', { language: 'en', back })).html).toContain('<html lang="en">')
  })

  it.each(['//elsewhere.test', '/\\elsewhere.test', 'https://elsewhere.test', 'javascript:alert(1)', ''])(
    'redirect to no other site after a switch of the language: %s',
    async (back) => {
      const response = await gateway().app.request('/language', {
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

  it('allow no scripts but our own files', async () => {
    const { headers } = await gateway().app.request('/')
    expect(headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})

describe('an error', () => {
  const visit = (path: string, accept: string) =>
    gateway().app.request(path, { headers: { accept, 'accept-language': 'ko' } })
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

  it('is a page for browsers, which explains what to do next', async () => {
    const response = await visit('/nowhere', browser)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain(errorsText.ko.home)
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
