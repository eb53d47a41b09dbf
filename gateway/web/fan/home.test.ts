import { expect, it } from 'vitest'
import { testFestival } from '../../../shared/testing/catalogue.ts'
import type { Status } from '../../room/status.ts'
import { festivalPage } from './festival.ts'
import { homePage, type Sale } from './home.ts'
import { festivalsText } from './text/festivals.ts'

const at = '2027-01-01T00:00:00.000Z'
const context = {
  language: 'en' as const,
  path: '/',
  assets: { url: (name: string) => `/assets/${name}`, find: () => undefined },
}

function saleOf(id: string, phase?: Status['phase']): Sale {
  const type = { id: 1, name: 'Day', priceMinor: 1000, accountLimit: 4 }
  const ticketTypes = [{ ...type, saleFrom: at, saleTo: at, refundUntil: at }]
  const festival = testFestival(id, { at, name: id, place: 'Here', ticketTypes })
  if (phase === undefined) return { festival, status: undefined }
  const status: Status = {
    ...{ room: id, phase, lobbyAt: at, opensAt: at, closesAt: at, entries: 0, serving: -1 },
    ...{ ratePerSecond: 1, shop: 'up', proofOfWork: false, stale: false },
    ticketTypes: [{ type: 1, availability: 'plenty', mayReturn: 0 }],
    poll: { nearPositions: 1, nearSeconds: 1, farSeconds: 1, jitterShare: 0 },
  }
  return { festival, status }
}

it('shows festivals that can still be bought first, and otherwise preserves the order', async () => {
  const sales = [
    saleOf('a', 'closed'),
    saleOf('b', 'sold-out'),
    saleOf('c', 'open'),
    saleOf('d'),
    saleOf('e', 'scheduled'),
  ]
  const html = String(await homePage(context, sales, ''))
  const shown = [...html.matchAll(/href="\/festivals\/(\w)"/g)].map(([, id]) => id)
  expect(shown.join('')).toBe('cdeba')
})

it('shows how much time is left until the sale is over', async () => {
  const before = Date.parse(at) - 1
  const { plenty } = festivalsText.en.availability
  expect(String(await festivalPage(context, saleOf('a', 'open'), before))).toContain(plenty)
  expect(String(await festivalPage(context, saleOf('a', 'closed'), before))).not.toContain(plenty)
})

it('describes a festival, its place and its dates to search engines and messengers', async () => {
  const sale = saleOf('a', 'open')
  const festival = {
    ...sale.festival,
    image: 'f'.repeat(64),
    description: { ko: null, en: 'Songs\nby the "lake".' },
  }
  const html = String(
    await festivalPage(context, { ...sale, festival }, Date.parse(at) - 1, {
      publicUrl: 'https://sale.example',
    }),
  )
  const described = html.match(/<meta name="description" content="([^"]*)">/)?.[1]
  expect(described).toMatch(/^Here · .*2027.* · Songs by the &quot;lake&quot;\.$/)
  expect(html).toContain('<meta property="og:url" content="https://sale.example/festivals/a">')
  expect(html).toMatch(/<meta property="og:image" content="https:\/\/sale\.example\/images\/f+-960/)
})
