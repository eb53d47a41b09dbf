import type { readStatusRoute } from '../../../../../shared/api/room-status.ts'
import { ask, pause } from '../../../layout/browser/lib/api.ts'
import { say, show } from '../../../layout/browser/lib/page.ts'
import { nextPollSeconds, roomView } from '../../room-view.ts'
import type { RoomPage } from './room-page.ts'
import { needsPlace, readPlace } from './room-place.ts'
import { storePromises } from './room-promises.ts'
import { render } from './room-render.ts'

/** Polls as long as there is something to wait for. Failures are retried; the place is preserved meanwhile. */
export async function follow(page: RoomPage): Promise<void> {
  const { room, offline } = page.data
  for (;;) {
    await pauseUntilPoll(page)
    const answer = await ask<typeof readStatusRoute>('get', '/rooms/{room}/status', { params: { room } })
    show('offline', answer.status === 'unavailable')
    if (answer.status === 'unavailable') say('offline', offline)
    if (answer.status !== 'done') continue
    page.status = answer.body
    storePromises(page.status)
    if (needsPlace(page)) await readPlace(page)
    render(page)
  }
}

/** Waits as long as the status says, or until the page is looked at again. */
async function pauseUntilPoll(page: RoomPage): Promise<void> {
  const { status, placeStatus } = page
  const seconds = nextPollSeconds(status, roomView(status, placeStatus).ahead, Math.random())
  await Promise.race([
    pause(seconds * 1000),
    new Promise<void>((resolve) => {
      page.wake = resolve
    }),
  ])
}
