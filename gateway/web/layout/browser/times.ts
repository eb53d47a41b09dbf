import { findCopy } from './lib/back-online.ts'
import { clockDifference, spokenTime } from './lib/clock.ts'
import { showMoments } from './lib/moments.ts'

/**
 * Shows the time zone of instants where it differs from the reader's, and counts down by the server's clock, except on
 * a cached copy.
 */

showMoments(document)

const countdowns = [...document.querySelectorAll<HTMLElement>('[data-countdown]')]
if (countdowns.length > 0 && findCopy() === undefined) void run()

async function run(): Promise<void> {
  const difference = await clockDifference()
  // A countdown that had ended when the page was rendered is ignored; the server has already taken it into account.
  const running = countdowns.filter(
    (element) => Date.parse(element.dataset['countdown'] ?? '') - Date.now() - difference > 0,
  )
  if (running.length === 0) return
  const show = () => {
    for (const element of running) {
      const left = Date.parse(element.dataset['countdown'] ?? '') - Date.now() - difference
      // The page is different from then on.
      if (left <= 0) return location.reload()
      const [number] = element.getElementsByTagName('strong')
      if (number !== undefined) number.textContent = spokenTime(left)
      element.hidden = false
    }
    setTimeout(show, 1000 - ((Date.now() + difference) % 1000))
  }
  show()
}
