import type {
  readDrawEntriesRoute,
  readDrawParticipantsRoute,
  readDrawRoute,
} from '../../../../shared/api/draws.ts'
import { addressOf, type BodyOf } from '../../../../shared/api/route-path.ts'
import { ask } from '../../layout/browser/lib/api.ts'
import { recall } from '../../layout/browser/lib/memory.ts'
import { count, language, pageData, part, revealScripted } from '../../layout/browser/lib/page.ts'
import type { DrawData } from '../draw.ts'
import { drawText } from '../text/draw.ts'
import type * as Beacon from './beacon.ts'
import { type Checked, checkDraw, indexOfEntry, type Promised, type PublishedDraw } from './lib/check-draw.ts'
import { entryHash, keyBytes } from './lib/entry-key.ts'

/** Recomputes a draw from the published data, and shows the result. */

const text = drawText[language]
const { room, index, beaconScript } = pageData<DrawData>('draw-data')
const button = part('start')

revealScripted()
button?.addEventListener('click', () => void check())

async function check(): Promise<void> {
  if (button instanceof HTMLButtonElement) button.disabled = true
  tell([[text.checking, '']])
  tell(await checked())
  if (button instanceof HTMLButtonElement) button.disabled = false
}

type Line = [words: string, look: 'good' | 'warm' | 'bad' | '']

async function checked(): Promise<Line[]> {
  const answer = await ask<typeof readDrawRoute>('get', '/rooms/{room}/draw', { params: { room } })
  const draw = answer.status === 'done' ? publishedDraw(answer.body) : undefined
  if (draw === undefined) return [[text.unavailable, 'bad']]
  const entries = await fetchBytes('/rooms/{room}/draw/entries')
  const participants =
    draw.version === 1 ? new Uint8Array() : await fetchBytes('/rooms/{room}/draw/participants')
  if (entries === undefined || participants === undefined) return [[text.unavailable, 'bad']]
  const own = await ownIndex(draw, entries)
  const result = await checkDraw(draw, entries, participants, own.index, promised())
  if (result.status === 'dishonest') return [[text.bad[result.why], 'bad']]
  const beacon = await beaconLines(draw)
  if (beacon === undefined) return [[text.unavailable, 'bad']]
  if (beacon.some(([, look]) => look === 'bad')) return beacon
  return [[text.good(count(draw.lobbyEntries)), 'good'], ...beacon, ...mine(result, own)]
}

/** Undefined until the draw is made. */
function publishedDraw(draw: BodyOf<typeof readDrawRoute>): PublishedDraw | undefined {
  const { secret, seed, lobbyEntries } = draw
  if (secret === undefined || seed === undefined || lobbyEntries === undefined) return undefined
  return { ...draw, secret, seed, lobbyEntries }
}

/** What this browser stored before the draw. */
function promised(): Promised {
  const closing = recall('closing', room)
  return {
    commitment: recall('commitment', room),
    ...(closing === undefined ? {} : (JSON.parse(closing) as Promised)),
  }
}

/** Undefined if the script that verifies a round cannot be loaded. */
async function beaconLines(draw: PublishedDraw): Promise<Line[] | undefined> {
  const script = await (import(beaconScript) as Promise<typeof Beacon>).catch(() => undefined)
  if (script === undefined) return undefined
  const found = await script.checkBeacon(draw)
  const round = count(draw.closing?.round?.number ?? 0)
  switch (found) {
    case undefined:
      return []
    case 'signed':
      return [[text.beacon.signed(round), 'good']]
    case 'other':
      return [[text.beacon.other(round), 'warm']]
    case 'none':
    case 'silent':
      return [[text.beacon[found], 'warm']]
    case 'false-signature':
    case 'false-round':
      return [[text.beacon[found], 'bad']]
  }
}

type Own = { index: number | undefined; key: 'stored' | 'missing' | 'unknown' }

/** The fan's own index: by the key that only this browser has or, without one, by the place. */
async function ownIndex(draw: PublishedDraw, entries: Uint8Array): Promise<Own> {
  const place = index ?? undefined
  const key = recall('key', room)
  if (key === undefined) return { index: place, key: 'unknown' }
  const found = indexOfEntry(entries, draw.version === 2 ? await entryHash(key) : keyBytes(key))
  if (found !== undefined) return { index: found, key: 'stored' }
  // An entry after the opening is not in the draw.
  const isLate = place === undefined || place >= draw.lobbyEntries
  return { index: place, key: isLate ? 'unknown' : 'missing' }
}

function mine({ position, takesPart }: Extract<Checked, { status: 'honest' }>, { index, key }: Own): Line[] {
  if (key === 'missing') return [[text.keyMissing, 'bad']]
  if (index === undefined) return [[text.unknown, '']]
  if (position === undefined) return [[text.late, '']]
  const [came, place] = [count(index + 1), count(position + 1)]
  const own: Line = [takesPart === true ? text.mine(came, place) : text.behind(came, place), 'good']
  return key === 'stored' ? [own, [text.keyStored, 'good']] : [own]
}

async function fetchBytes(
  path: (typeof readDrawEntriesRoute | typeof readDrawParticipantsRoute)['path'],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const response = await fetch(addressOf(path, { room }))
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined
  } catch {
    return undefined
  }
}

function tell(lines: readonly Line[]): void {
  part('result')?.replaceChildren(
    ...lines.map(([words, look]) =>
      Object.assign(document.createElement('p'), { className: `notice ${look}`, textContent: words }),
    ),
  )
}
