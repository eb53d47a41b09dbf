import { html } from 'hono/html'
import { moment as momentText } from '../../shared/format.ts'
import type { Html } from './page.ts'
import type { Language } from './translated.ts'

/** An instant that `browser/times.ts` shows in the visitor's own time zone. */
export function moment(instant: string, language: Language): Html {
  return html`<time datetime="${instant}" data-moment>${momentText(instant, language)}</time>`
}

/** A sentence with an instant in it. */
export function momentIn(
  { before, after }: { before: string; after: string },
  instant: string,
  language: Language,
): Html {
  return html`${before}${moment(instant, language)}${after}`
}

/** The time until an instant by the server's clock; `browser/times.ts` keeps it going. */
export function countdown(instant: string, label: string): Html {
  return html`<p data-countdown="${instant}" hidden><span class="soft">${label}</span><br><strong class="number" role="timer" aria-live="off"></strong></p>`
}

/**
 * The end of something: the time of day, in whose place `browser/timer.ts` shows the time left. When that is over, the
 * browser goes on to `next`.
 */
export function timer(instant: string, next: string, words: { until: Html | string; left: string }): Html {
  return html`<p class="soft" data-timer="${instant}" data-next="${next}"><span>${words.until}</span><span hidden>${words.left}: <strong class="tabular" role="timer" aria-live="off"></strong></span></p>`
}
