import type { leavePlaceRoute } from '../../../../../shared/api/leaving.ts'
import type { readPlaceRoute } from '../../../../../shared/api/places.ts'
import { ask } from '../../../layout/browser/lib/api.ts'
import { form } from '../../../layout/browser/lib/page.ts'
import type { RoomPage } from './room-page.ts'

/** The place is requested once the draw is made, and when the room has to be restored from fans' places. */
export function needsPlace({ status, placeStatus }: RoomPage): boolean {
  if (placeStatus === undefined) return false
  return status.phase === 'restoring' || (placeStatus.position === undefined && status.draw?.drawn === true)
}

export async function readPlace(page: RoomPage): Promise<void> {
  const answer = await ask<typeof readPlaceRoute>('get', '/rooms/{room}/place', {
    params: { room: page.data.room },
  })
  if (answer.status === 'done') page.placeStatus = answer.body
  // The place has moved, which the server's page explains.
  if (answer.status === 'done' && answer.body.movedFrom !== undefined)
    location.assign(`${location.pathname}?flash=place-moved`)
  if (answer.status === 'refused' && answer.problem.status !== 429 && answer.problem.status < 500)
    form('leave')?.submit()
}

/** Gives the place up, once its fan has confirmed that. */
export async function leavePlace(page: RoomPage, leaveForm: HTMLFormElement): Promise<void> {
  if (!confirm(leaveForm.dataset['ask'])) return
  const answer = await ask<typeof leavePlaceRoute>('delete', '/rooms/{room}/place', {
    params: { room: page.data.room },
  })
  if (answer.status === 'unavailable') return
  location.assign(location.pathname)
}
