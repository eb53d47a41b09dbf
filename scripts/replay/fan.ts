import { type HoldingDeps, holdTicket } from './holding.ts'
import type { Journey } from './journey.ts'
import { failed } from './leaving.ts'
import { readOrder } from './owning.ts'
import { payForTicket } from './paying.ts'
import { signUp } from './sign-up.ts'
import { claimPass, createStatusWatch, enterRoom, waitForCall } from './waiting.ts'

export type FanDeps = HoldingDeps & { festival: string }

/** Who missed their turn enters again, this often in all. */
const ENTRIES_MAX = 3

/**
 * One fan's whole way to a ticket, which ends by returning or with a `Leaving`: enters the room, signs up while they
 * wait, claims, holds, pays, and looks at what they bought. Returns their session.
 */
export async function runFan(deps: FanDeps, journey: Journey): Promise<string> {
  const { session, pass } = await getIn(deps, journey)
  const { type, hold } = await holdTicket(deps, journey, pass)
  const paid = await payForTicket(deps, journey, { session, pass, hold })
  await readOrder(deps.client, journey, session, { ...paid, type, festival: deps.festival })
  return session
}

async function getIn(deps: FanDeps, journey: Journey): Promise<{ session: string; pass: string }> {
  const watch = createStatusWatch(deps)
  let signingUp: Promise<string> | undefined
  for (let entries = 0; entries < ENTRIES_MAX; entries += 1) {
    const entered = await enterRoom(deps, journey)
    signingUp ??= signUp(deps.client, journey)
    const [session, position] = await Promise.all([signingUp, waitForCall(deps, journey, watch, entered)])
    const claimed = await claimPass(deps, journey, watch, { place: entered.place, position }, session)
    if (claimed.status === 'pass') return { session, pass: claimed.pass }
    journey.missTurn()
  }
  throw failed('claim', { code: 'turn-missed', detail: `missed their turn ${ENTRIES_MAX} times` })
}
