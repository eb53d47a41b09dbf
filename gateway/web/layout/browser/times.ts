import { findCopy } from './lib/back-online.ts'
import { clockDifference, spokenTime } from './lib/clock.ts'
import { showMoments } from './lib/moments.ts'

/** Says of which time zone instants are where it is not the reader's, and counts down by the server's clock: on no copy. */

showMoments(document)

const countdowns = [...document.querySelectorAll<HTMLElement>('[data-countdown]')]
if (countdowns.length > 0 && findCopy() === undefined) void run()

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
