import { html } from 'hono/html'
import { buyingText } from '../fan/text/buying.ts'
import { roomText } from '../fan/text/room.ts'
import { roomPageText } from '../fan/text/room-page.ts'
import { fill, type Language } from '../i18n/translated.ts'
import { minutesLeft } from './minutes-left.ts'
import type { Html } from './page.ts'
import { timer } from './time.ts'

/** A deadline of a fan who is on another page: the turn, the basket, or the time to buy. */
export type Deadline = {
  of: 'turn' | 'basket' | 'pass'
  endsAt: string
  /** The page that explains what follows when it is over. */
  next: string
}

/** Shows the time that a fan has left, on pages on the way to buying. */
export function deadlinePart({ of, endsAt, next }: Deadline, language: Language): Html {
  const time = minutesLeft(Date.parse(endsAt) - Date.now())
  const { heading, until, left, warning } = wordsOf(of, time, language)
  return html`<div class="notice good"><p><strong>${heading}</strong></p>${timer(endsAt, next, { until, left, warning })}</div>`
}

function wordsOf(of: Deadline['of'], time: string, language: Language) {
  const [room, buying] = [roomText[language], buyingText[language]]
  if (of === 'turn') {
    const left = roomPageText[language].turnLeft
    return { heading: room.turn, until: fill(room.turnEnds, { time }), left, warning: room.turnEndsSoon }
  }
  const [heading, left, warning] =
    of === 'basket'
      ? [buying.held, buying.timeLeft, buying.heldEnds]
      : [room.admitted, buying.passLeft, buying.passEnds]
  return { heading, until: `${left}: ${time}`, left, warning }
}
