import { minutesLeft } from '../minutes-left.ts'
import { pause } from './lib/api.ts'
import { askClock } from './lib/clock.ts'
import { isFirstTime } from './lib/once.ts'

/** Shows the time left of a hold or a pass by the server's clock, and leaves the page once when it is over. */

const ATTEMPTS_MAX = 3
const RETRY_MS = 1000
/** How long before the end the one warning is given. */
const WARN_SECONDS = 60

const timers = [...document.querySelectorAll<HTMLElement>('[data-timer]')]

function show(element: HTMLElement, difference: number): void {
  const [until, left] = element.getElementsByTagName('span')
  const [time] = element.getElementsByTagName('strong')
  if (until === undefined || left === undefined || time === undefined) return
  const instant = element.dataset['timer'] ?? ''
  const seconds = Math.ceil((Date.parse(instant) - Date.now() - difference) / 1000)
  time.textContent = minutesLeft(seconds * 1000)
  if (seconds <= WARN_SECONDS) warn(element.nextElementSibling)
  until.hidden = true
  left.hidden = false
  if (seconds >= 0) setTimeout(() => show(element, difference), 1000)
  // A reloaded page with the same end knows better than this clock.
  else if (isFirstTime(`ended-${instant}`)) location.replace(element.dataset['next'] ?? location.href)
}

/** Announced by screen readers when it changes, and then never again. */
function warn(element: Element | null): void {
  const words = element instanceof HTMLElement ? element.dataset['warning'] : undefined
  if (element !== null && words !== undefined && element.textContent === '') element.textContent = words
}

/** Retries, since a request aborted by leaving the page must not count as a correct clock. */
async function askAgain(): Promise<number> {
  for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts += 1) {
    const difference = await askClock()
    if (difference !== undefined) return difference
    await pause(RETRY_MS)
  }
  return 0
}

async function run(): Promise<void> {
  const difference = await askAgain()
  for (const element of timers) show(element, difference)
}

if (timers.length > 0) void run()
