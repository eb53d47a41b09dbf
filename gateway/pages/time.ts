import { html } from 'hono/html'
import { moment as momentText } from './format.ts'
import type { Html } from './page.ts'
import type { Language } from './translated.ts'

/** An instant that `browser/times.ts` shows in the visitor's own time zone. */
export function moment(instant: string, language: Language): Html {
  return html`<time datetime="${instant}" data-moment>${momentText(instant, language)}</time>`
}

/** The time until an instant by the server's clock; `browser/times.ts` keeps it going. */
export function countdown(instant: string, label: string): Html {
  return html`<p data-countdown="${instant}" hidden><span class="soft">${label}</span><br><strong class="number" role="timer" aria-live="off"></strong></p>`
}

/** The time left until an instant, by the minute and second; `browser/timer.ts` keeps it going and then reloads. */
export function timer(instant: string, label: string): Html {
  return html`<p class="soft" data-timer="${instant}">${label} <strong class="tabular" role="timer" aria-live="off"><time datetime="${instant}">${instant.slice(11, 19)} UTC</time></strong></p>`
}
