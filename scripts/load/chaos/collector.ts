import { type Hold, HoldSchema, type Place, readBody } from '../replay/contract.ts'
import type { Journey, StepRun } from '../replay/journey.ts'
import { Leaving, rejected } from '../replay/leaving.ts'
import { payForTicket } from '../replay/paying.ts'
import { claimPass, createStatusWatch, enterRoom, waitForCall } from '../replay/waiting.ts'
import { type ChaosFanDeps, isSentBack, setbackOf } from './fan.ts'

/** How often a collector buys up to the limit; from the second time on that exceeds it. */
const ROUNDS_MAX = 4
const REFUSALS_MAX = 2
const REFUSED_PAUSE_MS = 500

/**
 * A fan who buys as much of one ticket type as an account may, and keeps trying: anything bought beyond the limit is
 * due to a Redis that has lost the first purchase. Ends as turned away.
 */
export async function runCollector(deps: ChaosFanDeps, journey: Journey): Promise<string> {
  const session = await deps.signIn(deps.client, journey)
  let refused = 0
  let previous: Place | undefined
  let place: Place | undefined
  for (let round = 0; round < ROUNDS_MAX && refused < REFUSALS_MAX; round += 1) {
    try {
      place ??= await enterRoom(deps, journey)
      const bought = await buyMost(deps, journey, { session, place })
      previous = place
      place = undefined
      if (bought) continue
      refused += 1
      await deps.time.pause(REFUSED_PAUSE_MS, journey.signal)
    } catch (error) {
      if (!isToBeginAgain(error, deps.onSetback)) throw error
      const next = isSentBack(error) ? previous : undefined
      previous = place
      place = next
    }
  }
  throw rejected('has enough')
}

/** From a place to as many tickets as the account may own; false when it may own no more. */
async function buyMost(
  deps: ChaosFanDeps,
  journey: Journey,
  { session, place }: { session: string; place: Place },
): Promise<boolean> {
  const watch = createStatusWatch(deps)
  const position = await waitForCall(deps, journey, watch, place)
  const claimed = await claimPass(deps, journey, watch, { place: place.place, position }, session)
  if (claimed.status === 'missed') return false
  const hold = await holdMost(deps, journey, claimed.pass)
  if (hold === undefined) return false
  await payForTicket(deps, journey, { session, pass: claimed.pass, hold })
  return true
}

/** Retries what was lost; a refund is the expected outcome for a fan above the limit. */
function isToBeginAgain(error: unknown, onSetback: ChaosFanDeps['onSetback']): boolean {
  const what = setbackOf(error)
  if (what !== undefined) onSetback(what)
  return what !== undefined || (error instanceof Leaving && error.end.outcome === 'refunded')
}

/** As many of the first type as the account may own; undefined when it may own no more. The pass is left then. */
async function holdMost(
  { client, room, ticketTypes, accountLimit }: ChaosFanDeps,
  journey: Journey,
  token: string,
): Promise<Hold | undefined> {
  const run: StepRun = journey.begin('hold')
  const [type = 0] = ticketTypes
  const body = { basket: [{ type, quantity: accountLimit }] }
  const answer = await client.send(run, { method: 'PUT', path: `/api/rooms/${room}/hold`, token, body })
  if (!REFUSALS.includes(answer.code ?? '')) {
    const hold = readBody(run, answer, 200, HoldSchema)
    journey.end(run)
    return hold
  }
  await client.send(run, { method: 'DELETE', path: `/api/rooms/${room}/pass`, token })
  return undefined
}

const REFUSALS: readonly string[] = ['limit-reached', 'units-held', 'sold-out']
