import { fill } from '../../../i18n/translated.ts'
import { pause } from '../../../layout/browser/lib/api.ts'
import { clockDifference, spokenTime } from '../../../layout/browser/lib/clock.ts'
import { isFirstTime } from '../../../layout/browser/lib/once.ts'
import { say, show } from '../../../layout/browser/lib/page.ts'
import { minutesLeft } from '../../../layout/minutes-left.ts'
import { roomView } from '../../room-view.ts'
import type { RoomPage } from './room-page.ts'

/** How long before the end of a turn the one warning is given. */
const WARN_MS = 30_000

/**
 * Shows the time until the opening in the lobby and, once called, the rest of the turn, by the server's clock; the
 * status may move the opening.
 */
export async function countDown(page: RoomPage): Promise<void> {
  const difference = await clockDifference()
  for (;;) {
    const { status, placeStatus, data } = page
    const nowMs = Date.now() + difference
    const left = Date.parse(status.opensAt) - nowMs
    // The line always takes up space, so that the layout does not move.
    say('opens', left > 0 ? spokenTime(left) : '\u00a0')
    if (roomView(status, placeStatus, data.admitted).step === 'called')
      showTurn(page, Date.parse(placeStatus?.turnEndsAt ?? '') - nowMs)
    await pause(1000 - ((Date.now() + difference) % 1000))
  }
}

/** Shows how long the turn lasts; the server's page reports when it is over. */
function showTurn({ data, placeStatus }: RoomPage, left: number): void {
  const text = data.words
  show('turn-left', left > 0)
  if (Number.isNaN(left)) return
  say('turn-left', fill(text.turnEnds, { time: minutesLeft(left) }))
  say('turn-warning', left > 0 && left <= WARN_MS ? text.turnEndsSoon : '')
  if (left <= 0 && isFirstTime(`turn-${placeStatus?.turnEndsAt}`)) location.assign(location.pathname)
}
