import { html } from 'hono/html'
import { momentInZone, moment as momentText } from '../../../shared/format.ts'
import { type InZone, withOffset } from '../../../shared/zoned-time.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from './html.ts'

const UTC: InZone = { timeZone: 'UTC' }

/**
 * An instant in a festival's time zone, with the zone's name, which `browser/times.ts` removes where the reader's
 * clocks show the same: pages are shared by all readers, and only browsers know their reader's zone.
 */
export function moment(instant: string, zone: InZone, language: Language): Html {
  const named = momentInZone(instant, zone, language)
  const time = momentText(instant, zone, language)
  const name = named.slice(time.length)
  return html`<time datetime="${withOffset(instant, zone.timeZone)}" data-zone>${time}${name === '' ? '' : html`<span>${name}</span>`}</time>`
}

/** The same on a page that names the zone of all its times. */
export function bareMoment(instant: string, zone: InZone, language: Language): Html {
  return html`<time datetime="${withOffset(instant, zone.timeZone)}">${momentText(instant, zone, language)}</time>`
}

/** An instant without a festival: `browser/times.ts` shows it in the reader's own time zone. */
export function readersMoment(instant: string, language: Language): Html {
  return html`<time datetime="${instant}" data-moment>${momentInZone(instant, UTC, language)}</time>`
}

/** An instant of a festival whose zone the page names, or else of none. */
export function momentOf(instant: string, zone: InZone | undefined, language: Language): Html {
  return zone === undefined ? readersMoment(instant, language) : bareMoment(instant, zone, language)
}

/** A festival that is no longer known uses UTC, which is named. */
export function zoneOf(festival: InZone | undefined): InZone {
  return festival ?? UTC
}

/** A sentence with an instant in it. */
export function momentIn({ before, after }: { before: string; after: string }, time: Html): Html {
  return html`${before}${time}${after}`
}

/** The time until an instant by the server's clock, updated by `browser/times.ts`. */
export function countdown(instant: string, label: string): Html {
  return html`<p data-countdown="${instant}" hidden><span class="soft">${label}</span><br><strong class="number" role="timer" aria-live="off"></strong></p>`
}

/**
 * A deadline: the time of day, which `browser/timer.ts` replaces with the time left, with a warning a minute before the
 * end (WCAG 2.2, success criterion 2.2.1). When it is over, the browser continues to `next`.
 */
export function timer(
  instant: string,
  next: string,
  words: { until: Html | string; left: string; warning: string },
): Html {
  return html`<p class="soft" data-timer="${instant}" data-next="${next}"><span>${words.until}</span><span hidden>${words.left}: <strong class="tabular" role="timer" aria-live="off"></strong></span></p>
<p class="warning" role="status" data-warning="${words.warning}"></p>`
}
