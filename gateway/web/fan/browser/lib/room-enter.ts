import type { enterRoomRoute } from '../../../../../shared/api/entries.ts'
import { ask } from '../../../layout/browser/lib/api.ts'
import { remember } from '../../../layout/browser/lib/memory.ts'
import { form, say, show } from '../../../layout/browser/lib/page.ts'
import { flashQuery } from '../../../layout/refusal-facts.ts'
import { prove } from './proof.ts'
import { bindPlace } from './room-chance.ts'
import type { RoomPage } from './room-page.ts'
import { render } from './room-render.ts'

/** @param key - one per page view: pressing the button again returns the same place */
export async function enter(page: RoomPage, key: string): Promise<void> {
  const { room, signedIn } = page.data
  remember('key', room, key)
  say('claiming', '')
  const proof = page.status.proofOfWork ? await proveAloud(page, key) : undefined
  const answer = await ask<typeof enterRoomRoute>('post', '/rooms/{room}/entries', {
    params: { room },
    body: { key, ...(proof === undefined ? {} : { proof }) },
  })
  // The server's page explains what is wrong.
  if (answer.status === 'refused')
    return location.assign(`${location.pathname}?${flashQuery(answer.problem, Date.now())}`)
  if (answer.status === 'unavailable') return show('offline', true)
  page.placeStatus = answer.body
  if (signedIn) void bindPlace(page)
  render(page)
  page.wake()
}

/** Solves the challenge, which takes a moment: the button says so. */
async function proveAloud({ data }: RoomPage, key: string) {
  const [button] = form('enter')?.getElementsByTagName('button') ?? []
  if (button !== undefined) button.textContent = data.words.proving
  return await prove(data.room, key)
}
