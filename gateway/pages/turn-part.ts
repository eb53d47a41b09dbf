import { html } from 'hono/html'
import { minutesLeft } from './minutes-left.ts'
import type { Html } from './page.ts'
import { roomText } from './text/room.ts'
import { roomPageText } from './text/room-page.ts'
import { timer } from './time.ts'
import { fill, type Language } from './translated.ts'

/** How long a fan who was called has to go in, on pages that are on the way there; '' for who was not. */
export function turnPart(
  { turnEndsAt, next }: { turnEndsAt?: string | undefined; next: string },
  language: Language,
): Html | '' {
  if (turnEndsAt === undefined) return ''
  const text = roomText[language]
  const time = minutesLeft(Date.parse(turnEndsAt) - Date.now())
  const words = {
    ...{ until: fill(text.turnEnds, { time }), left: roomPageText[language].turnLeft },
    warning: text.turnEndsSoon,
  }
  return html`<div class="notice good"><p><strong>${text.turn}</strong></p>${timer(turnEndsAt, next, words)}</div>`
}
