import { minutesLeft } from '../minutes-left.ts'
import { pause } from './lib/api.ts'
import { askClock } from './lib/clock.ts'
import { isFirstTime } from './lib/once.ts'

/** Shows how much time is left of a hold or a pass by the server's clock, and goes on when it is over: once. */

const ATTEMPTS_MAX = 3
const RETRY_MS = 1000
/** How long before the end a warning is given, once. */
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
  // A page that comes again with the same end knows better than this clock.
  else if (isFirstTime(`ended-${instant}`)) location.replace(element.dataset['next'] ?? location.href)
}

/** Said aloud by screen readers when it changes, and then never again. */
function warn(element: Element | null): void {
  const words = element instanceof HTMLElement ? element.dataset['warning'] : undefined
  if (element !== null && words !== undefined && element.textContent === '') element.textContent = words
}

/** A page that is being left cannot ask any more: it must not take that for a clock that is right. */
async function askAgain(): Promise<number> {
  for (let tries = 0; tries < ATTEMPTS_MAX; tries += 1) {
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
