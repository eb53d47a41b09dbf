import { LOCALES, moment } from '../../../../shared/format.ts'
import { fill, LANGUAGE_COOKIE, LANGUAGES } from '../../i18n/translated.ts'
import { reloadWhenOnline } from './lib/back-online.ts'
import { recallSeen } from './lib/last-seen.ts'

/**
 * Replaces a page that is unavailable without a network. It is cached in both languages, since the language is unknown
 * at that time, and reloads the requested page once there is a network.
 */

const [, chosen] = new RegExp(`(?:^|; )${LANGUAGE_COOKIE}=(\\w+)`).exec(document.cookie) ?? []
const wanted = [chosen, ...navigator.languages.map((each) => each.slice(0, 2).toLowerCase())]
const language =
  wanted.map((each) => LANGUAGES.find((one) => one === each)).find((each) => each !== undefined) ?? 'en'

function showLastSeen(section: HTMLElement, room: string): void {
  const seen = recallSeen(room)
  const line = section.querySelector<HTMLElement>(`[data-seen="${seen?.step}"]`)
  if (seen === undefined || line === null) return
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  line.textContent = fill(line.dataset['words'] ?? '', {
    time: moment(new Date(seen.at).toISOString(), { timeZone }, language),
    ahead: new Intl.NumberFormat(LOCALES[language]).format(seen.ahead ?? 0),
  })
  line.hidden = false
}

const [, festivals, festival] = location.pathname.split('/')
document.documentElement.lang = language
for (const section of document.querySelectorAll<HTMLElement>('section[lang]')) {
  section.hidden = section.lang !== language
  if (section.hidden) continue
  document.title = section.dataset['title'] ?? document.title
  if (festivals === 'festivals' && festival !== undefined) showLastSeen(section, festival)
}
// At its own address it would reload itself.
if (festivals === 'festivals') void reloadWhenOnline()
