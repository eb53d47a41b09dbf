import { html, raw } from 'hono/html'
import { COPY_MARK } from './copy-mark.ts'
import type { Html, PageContext } from './page.ts'
import { commonText } from './text/common.ts'
import { momentIn, readersMoment } from './time.ts'

/**
 * What a page says where it is a copy that the browser has kept.
 *
 * @param at - when the page was made; undefined on one that is the same for everyone, where `browser/festival.ts` fills it in
 * @param words - around that time
 */
export function copyNotice(
  { language, path }: PageContext,
  at: string | undefined,
  words: { before: string; after: string },
): Html {
  const time = at === undefined ? html`<time></time>` : readersMoment(at, language)
  return html`<p class="notice warm" ${raw(COPY_MARK.hidden)}>${momentIn(words, time)} <a href="${path}">${commonText[language].retry}</a></p>`
}
