import type { bindPlaceRoute } from '../../../../../shared/api/places.ts'
import { ask } from '../../../layout/browser/lib/api.ts'
import { part, say, show } from '../../../layout/browser/lib/page.ts'
import { chanceOf, chanceStep, hasChances } from '../../room-view.ts'
import type { RoomPage } from './room-page.ts'

/** Shows whether the fan takes part in the draw, and what to do about it. */
export function renderChance({ status, chance, data }: RoomPage): void {
  const box = part('chance-box')
  if (box === undefined || !hasChances(status)) return
  say('chance', data.words.chance[chance])
  box.classList.toggle('good', chance === 'yes')
  box.classList.toggle('warm', chance !== 'yes')
  const step = chanceStep(chance)
  show('chance-sign-in', step === 'sign-in')
  show('chance-confirm', step === 'confirm')
}

/** Binds the place to the account, so that it is found on the fan's other devices and takes part in the draw. */
export async function bindPlace(page: RoomPage): Promise<void> {
  const answer = await ask<typeof bindPlaceRoute>('put', '/rooms/{room}/place/account', {
    params: { room: page.data.room },
    body: {},
  })
  if (answer.status === 'unavailable') return
  page.chance =
    answer.status === 'done'
      ? chanceOf({ ok: true, participates: answer.body.participates })
      : chanceOf({ ok: false, code: answer.problem.code })
  renderChance(page)
}
