import type { Place } from './contract.ts'
import { type HoldingDeps, holdTicket } from './holding.ts'
import type { Journey } from './journey.ts'
import { failed, Leaving } from './leaving.ts'
import { readOrder } from './owning.ts'
import { type PayingDeps, payForTicket } from './paying.ts'
import { signUp } from './sign-up.ts'
import { claimPass, createStatusWatch, enterRoom, waitForCall } from './waiting.ts'

export type FanDeps = HoldingDeps & PayingDeps & { festival: string }

/** A fan who missed their turn enters again, up to this often. */
const ENTRIES_MAX = 3
/** A fan whose room was restored claims again, up to this often. */
const CLAIMS_MAX = 3

/**
 * One fan's entire journey to a ticket, which ends by returning or with a `Leaving`: enters the room, signs up while
 * waiting, claims, holds, pays, and checks the order. Returns the session.
 */
export async function runFan(deps: FanDeps, journey: Journey): Promise<string> {
  let active = await getIn(deps, journey)
  const { session } = active
  for (let claims = 1; ; claims += 1) {
    try {
      const { pass } = active
      const { type, hold } = await holdTicket(deps, journey, pass)
      const paid = await payForTicket(deps, journey, { session, pass, hold })
      await readOrder(deps.client, journey, session, { ...paid, type, festival: deps.festival })
      return session
    } catch (error) {
      if (!isRestored(error) || claims === CLAIMS_MAX) throw error
      active = await claimAgain(deps, journey, active)
    }
  }
}

type Inside = { session: string; pass: string; entered: Place }

/** Redis was lost, and with it the pass and the hold; the place remains. */
function isRestored(error: unknown): boolean {
  return error instanceof Leaving && 'error' in error.end && error.end.error.code === 'room-restored'
}

/** Continues with the same place, as the page does when the room was restored. */
async function claimAgain(deps: FanDeps, journey: Journey, { session, entered }: Inside): Promise<Inside> {
  const watch = createStatusWatch(deps)
  const position = await waitForCall(deps, journey, watch, entered)
  const claimed = await claimPass(deps, journey, watch, { place: entered.place, position }, session)
  if (claimed.status === 'missed') throw failed('claim', { code: 'turn-missed', detail: 'missed their turn' })
  return { session, pass: claimed.pass, entered }
}

async function getIn(deps: FanDeps, journey: Journey): Promise<Inside> {
  const watch = createStatusWatch(deps)
  let signingUp: Promise<string> | undefined
  for (let entries = 0; entries < ENTRIES_MAX; entries += 1) {
    const entered = await enterRoom(deps, journey)
    signingUp ??= signUp(deps.client, journey)
    const [session, position] = await Promise.all([signingUp, waitForCall(deps, journey, watch, entered)])
    const claimed = await claimPass(deps, journey, watch, { place: entered.place, position }, session)
    if (claimed.status === 'pass') return { session, pass: claimed.pass, entered }
    journey.missTurn()
  }
  throw failed('claim', { code: 'turn-missed', detail: `missed their turn ${ENTRIES_MAX} times` })
}
