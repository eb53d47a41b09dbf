import { localMoment } from '../format.ts'
import { clockDifference, spokenTime } from './lib/clock.ts'
import { language } from './lib/page.ts'

/** Says of which time zone instants are where it is not the reader's, and counts down by the server's clock. */

for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-moment]')) {
  element.textContent = localMoment(element.dateTime, language)
}

for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-zone]')) {
  if (isReaders(element.dateTime)) for (const name of element.getElementsByTagName('span')) name.hidden = true
}

/** Whether the reader's clocks show the same at an instant with its offset, such as `2027-11-06T22:00:00-04:00`. */
function isReaders(instant: string): boolean {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(instant) ?? []
  const ahead = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
  return ahead === -new Date(instant).getTimezoneOffset()
}

const countdowns = [...document.querySelectorAll<HTMLElement>('[data-countdown]')]
if (countdowns.length > 0) void run()

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
      if (number !== undefined) number.textContent = spokenTime(left)
      element.hidden = false
    }
    setTimeout(show, 1000 - ((Date.now() + difference) % 1000))
  }
  show()
}
