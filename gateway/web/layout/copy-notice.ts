import { html, raw } from 'hono/html'
import { COPY_MARK } from './copy-mark.ts'
import type { Html } from './html.ts'
import type { PageContext } from './page.ts'
import { commonText } from './text/common.ts'
import { momentIn, readersMoment } from './time.ts'

/**
 * The notice of a page that is a copy cached by the browser.
 *
 * @param at - when the page was rendered; undefined on a shared page, where `browser/festival.ts` fills it in
 * @param words - the text around that time
 */
export function copyNotice(
  { language, path }: PageContext,
  at: string | undefined,
  words: { before: string; after: string },
): Html {
  const time = at === undefined ? html`<time></time>` : readersMoment(at, language)
  return html`<p class="notice warm" ${raw(COPY_MARK.hidden)}>${momentIn(words, time)} <a href="${path}">${commonText[language].retry}</a></p>`
}
