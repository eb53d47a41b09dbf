import type { takeHoldRoute } from '../../../../../shared/api/holds.ts'
import type { claimPassRoute } from '../../../../../shared/api/passes.ts'
import type { ProblemDocument } from '../../../../../shared/api/problem.ts'
import { ask, pause } from '../../../layout/browser/lib/api.ts'
import { form, part, say } from '../../../layout/browser/lib/page.ts'
import { refusalQuery } from '../../refused-basket.ts'
import { callForAttention } from './alert.ts'
import { chosenLines } from './room-basket.ts'
import type { RoomPage } from './room-page.ts'
import { readPlace } from './room-place.ts'

const UNAVAILABLE_RETRY_SECONDS = 2
/** Refusals that no retry can change: the form leads to a page that explains them, and clears the place. */
const ENDS = ['turn-missed', 'place-used', 'place-lost', 'place-moved']
/** The account has a pass or waits with another place than this device's. */
const ELSEWHERE = ['pass-held', 'place-bound']

/** Alerts a fan whose turn has come, and claims the pass of one who is signed in. */
export async function beCalled(page: RoomPage): Promise<void> {
  page.isClaiming = true
  if (page.placeStatus?.turnEndsAt === undefined) void readPlace(page)
  callForAttention(page.data.words.turnTitle)
  part('turn')?.focus()
  if (page.data.signedIn) await claim(page)
}

/** Claims until there is a pass or the turn is over; then reserves the chosen tickets and continues to the basket. */
export async function claim(page: RoomPage): Promise<void> {
  page.isClaiming = true
  for (;;) {
    say('claiming', page.data.words.goingIn)
    const answer = await askForPass(page)
    if (answer.status === 'done') return await takeBasket(page)
    if (answer.status === 'refused' && ELSEWHERE.includes(answer.problem.code))
      return await continueAccount(page, answer.problem.code)
    const seconds =
      answer.status === 'unavailable' ? UNAVAILABLE_RETRY_SECONDS : afterRefusal(page, answer.problem)
    if (seconds === undefined) return
    await pause(seconds * 1000 * (1 + 0.2 * Math.random()))
  }
}

function askForPass({ data }: RoomPage, query?: { of: 'account' }) {
  return ask<typeof claimPassRoute>('post', '/rooms/{room}/claims', {
    params: { room: data.room },
    query,
    body: {},
  })
}

/** Seconds until the next claim; undefined when the page is left. */
function afterRefusal(
  page: RoomPage,
  { code, retryAfterSeconds, turnEndsAt }: ProblemDocument,
): number | undefined {
  const text = page.data.words
  if (ENDS.includes(code)) form('claim')?.submit()
  else if (code === 'place-of-another-account') {
    // A retry cannot help: the fan has to choose an account.
    say('claiming', page.data.refusals[code] ?? text.failed)
  } else if (code === 'token-invalid' || code === 'token-missing') location.reload()
  else {
    say('claiming', code === 'no-free-slot' ? text.retained : text.failed)
    if (code === 'no-free-slot' && page.placeStatus !== undefined && typeof turnEndsAt === 'string')
      page.placeStatus = { ...page.placeStatus, turnEndsAt }
    return Number(retryAfterSeconds ?? UNAVAILABLE_RETRY_SECONDS)
  }
  return undefined
}

/**
 * Continues with the account's pass or place on another device, where its basket stays reserved. Not retried, since
 * waiting does not help.
 */
async function continueAccount(page: RoomPage, code: string): Promise<void> {
  const answer = await askForPass(page, { of: 'account' })
  if (answer.status === 'done') toBasket()
  else say('claiming', page.data.refusals[code] ?? page.data.words.failed)
}

async function takeBasket({ data }: RoomPage): Promise<void> {
  const basket = chosenLines()
  if (basket.length === 0) return toBasket()
  const answer = await ask<typeof takeHoldRoute>('put', '/rooms/{room}/hold', {
    params: { room: data.room },
    body: { basket },
  })
  if (answer.status === 'done') return toBasket()
  const refusal = answer.status === 'unavailable' ? { code: 'unavailable' } : answer.problem
  toBasket(refusalQuery(refusal, basket, Date.now()))
}

/** @param refusal - the refusal that the basket's page shows, as a query */
function toBasket(refusal?: string): void {
  const query = refusal === undefined ? '' : `?${refusal}`
  location.assign(location.pathname.replace(/\/room$/, `/buy${query}`))
}
