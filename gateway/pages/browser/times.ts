import { LOCALES } from '../format.ts'
import { language } from './lib/page.ts'

/** Shows instants in the visitor's time zone, and counts down by the server's clock. */

const locale = LOCALES[language]

for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-moment]')) {
  element.textContent = new Date(element.dateTime).toLocaleString(locale, {
    dateStyle: 'long',
    timeStyle: 'short',
  })
}

const countdowns = [...document.querySelectorAll<HTMLElement>('[data-countdown]')]
if (countdowns.length > 0) void run()

/** The server's clock minus ours, from the `Date` of an answer: right to a second, which is what is shown. */
async function clockDifference(): Promise<number> {
  const askedAt = Date.now()
  try {
    const { headers } = await fetch(location.href, { method: 'HEAD', cache: 'no-store' })
    const date = Date.parse(headers.get('date') ?? '')
    return Number.isNaN(date) ? 0 : date + 500 - (askedAt + Date.now()) / 2
  } catch {
    return 0
  }
}

async function run(): Promise<void> {
  const difference = await clockDifference()
  // One that was over when the page came says nothing new; the server knows better why the page is as it is.
  const running = countdowns.filter(
    (element) => Date.parse(element.dataset['countdown'] ?? '') - Date.now() - difference > 0,
  )
  if (running.length === 0) return
  const show = () => {
    for (const element of running) {
      const left = Date.parse(element.dataset['countdown'] ?? '') - Date.now() - difference
      // The page is another one from then on.
      if (left <= 0) return location.reload()
      const [number] = element.getElementsByTagName('strong')
      if (number !== undefined) number.textContent = spoken(left)
      element.hidden = false
    }
    setTimeout(show, 1000 - ((Date.now() + difference) % 1000))
  }
  show()
}

function spoken(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const days = Math.floor(seconds / 86_400)
  return days === 0
    ? clock
    : `${new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(days)} ${clock}`
}
