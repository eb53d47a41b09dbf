import { html } from 'hono/html'
import { fill, type Language } from '../i18n/translated.ts'
import type { Html } from './html.ts'
import { minutesLeft } from './minutes-left.ts'
import { timeToBuyText } from './text/time-to-buy.ts'
import { turnText } from './text/turn.ts'
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
  const [turn, buying] = [turnText[language], timeToBuyText[language]]
  if (of === 'turn') {
    const until = fill(turn.turnEnds, { time })
    return { heading: turn.turn, until, left: turn.turnLeft, warning: turn.turnEndsSoon }
  }
  const [heading, left, warning] =
    of === 'basket'
      ? [buying.held, buying.timeLeft, buying.heldEnds]
      : [turn.admitted, buying.passLeft, buying.passEnds]
  return { heading, until: `${left}: ${time}`, left, warning }
}
