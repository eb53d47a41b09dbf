import type { DrawData } from '../draw.ts'
import { drawText } from '../text/draw.ts'
import { ask } from './lib/api.ts'
import { entryHash, keyBytes } from './lib/entry-key.ts'
import { checkDraw, indexOfEntry, type PublishedDraw } from './lib/lots.ts'
import { recall } from './lib/memory.ts'
import { count, language, pageData, part, revealScripted } from './lib/page.ts'

/** Recomputes a draw from the published data, and says what came of it. */

const text = drawText[language]
const { room, index } = pageData<DrawData>('draw-data')
const button = part('start')

revealScripted()
button?.addEventListener('click', () => void check())

async function check(): Promise<void> {
  if (button instanceof HTMLButtonElement) button.disabled = true
  tell([[text.checking, '']])
  tell(await checked())
  if (button instanceof HTMLButtonElement) button.disabled = false
}

type Line = [words: string, look: 'good' | 'bad' | '']

async function checked(): Promise<Line[]> {
  const draw = await ask<PublishedDraw>('GET', `/api/rooms/${room}/draw`)
  if (draw.status !== 'done') return [[text.away, 'bad']]
  const entries = await fetchBytes('entries')
  const participants = draw.body.version === 1 ? new Uint8Array() : await fetchBytes('participants')
  if (entries === undefined || participants === undefined) return [[text.away, 'bad']]
  const promised = { commitment: recall('commitment', room) }
  const result = await checkDraw(draw.body, entries, participants, index ?? undefined, promised)
  if (result.status === 'dishonest') return [[text.bad[result.why], 'bad']]
  return [[text.good(count(draw.body.lobbyEntries)), 'good'], ...(await mine(result, entries, draw.body))]
}

async function mine(
  { position, takesPart }: { position: number | undefined; takesPart: boolean | undefined },
  entries: Uint8Array,
  draw: PublishedDraw,
): Promise<Line[]> {
  if (index === null) return [[text.unknown, '']]
  if (position === undefined) return [[text.late, '']]
  const [came, place] = [count(index + 1), count(position + 1)]
  const own: Line = [takesPart === true ? text.mine(came, place) : text.behind(came, place), 'good']
  const key = recall('key', room)
  if (key === undefined) return [own]
  const logged = draw.version === 2 ? await entryHash(key) : keyBytes(key)
  const found = indexOfEntry(entries, logged) === index
  return [own, found ? [text.keyKept, 'good'] : [text.keyMissing, 'bad']]
}

async function fetchBytes(name: 'entries' | 'participants'): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const response = await fetch(`/api/rooms/${room}/draw/${name}`)
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
