import type { Client } from '../replay/client.ts'
import type { Place } from '../replay/contract.ts'
import type { FanDeps } from '../replay/fan.ts'
import { holdTicket } from '../replay/holding.ts'
import type { Journey } from '../replay/journey.ts'
import { failed, Leaving } from '../replay/leaving.ts'
import { readOrder } from '../replay/owning.ts'
import { payForTicket } from '../replay/paying.ts'
import { jittered } from '../replay/time.ts'
import { claimPass, createStatusWatch, enterRoom, waitForCall } from '../replay/waiting.ts'

/** How often one fan starts again. */
const BEGINNINGS_MAX = 8

/**
 * What may be lost with Redis, or expire during an outage, and how a fan recovers: a lost place, by entering again; a
 * lost pass, hold or unrecorded payment, by claiming again with the same place. `return`: a Redis that has lost their
 * claim calls an earlier place again, and they continue with that one.
 */
const SETBACKS: Readonly<Record<string, 'enter' | 'claim' | 'return'>> = {
  'wait place-lost': 'enter',
  'claim place-lost': 'enter',
  'claim place-used': 'enter',
  'claim turn-missed': 'enter',
  'claim place-bound': 'return',
  // Two Redis servers assigned one index, and it is bound to the other fan's account.
  'claim place-of-another-account': 'enter',
  'hold pass-ended': 'claim',
  'hold room-restored': 'claim',
  'hold token-invalid': 'enter',
  'pay pass-ended': 'claim',
  'pay room-restored': 'claim',
  'pay token-invalid': 'enter',
  'pay hold-missing': 'claim',
  'pay hold-expired': 'claim',
  'pay not-found': 'claim',
  'claim room-restored': 'claim',
}

export type ChaosFanDeps = FanDeps & {
  /** Called for each loss, as `step code`. */
  onSetback: (what: string) => void
  /** Returns the session of the fan's account. */
  signIn: (client: Client, journey: Journey) => Promise<string>
  /** How long a fan looks at the basket before paying, on average. */
  thinkMs: number
  /** The limit of one ticket type per account. */
  accountLimit: number
}

const THINK_JITTER_SHARE = 0.5

/**
 * The entire journey of a fan who recovers from every loss, composed of the steps of scripts/load/replay. Returns their
 * session.
 */
export async function runChaosFan(deps: ChaosFanDeps, journey: Journey): Promise<string> {
  let place: Place | undefined
  let previous: Place | undefined
  let signingUp: Promise<string> | undefined
  const watch = createStatusWatch(deps)

  /** From a place to a ticket. */
  async function buy(entered: Place, hasSession: Promise<string>): Promise<string> {
    const [session, position] = await Promise.all([hasSession, waitForCall(deps, journey, watch, entered)])
    const claim = { place: entered.place, position }
    const claimed = await claimPass(deps, journey, watch, claim, session)
    if (claimed.status === 'missed')
      throw failed('claim', { code: 'turn-missed', detail: 'missed their turn' })
    const { pass } = claimed
    const { type, hold } = await holdTicket(deps, journey, pass)
    await deps.time.pause(jittered(deps.thinkMs, THINK_JITTER_SHARE, journey.random), journey.signal)
    const paid = await payForTicket(deps, journey, { session, pass, hold })
    await readOrder(deps.client, journey, session, { ...paid, type, festival: deps.festival })
    return session
  }

  for (let beginnings = 1; ; beginnings += 1) {
    try {
      place ??= await enterRoom(deps, journey)
      signingUp ??= deps.signIn(deps.client, journey)
      return await buy(place, signingUp)
    } catch (error) {
      const what = setbackOf(error)
      if (what === undefined || beginnings === BEGINNINGS_MAX) throw error
      deps.onSetback(what)
      if (SETBACKS[what] === 'claim') continue
      const next = SETBACKS[what] === 'return' ? previous : undefined
      previous = place
      place = next
    }
  }
}

/** True when a fan is sent back to an earlier place. */
export function isSentBack(error: unknown): boolean {
  const what = setbackOf(error)
  return what !== undefined && SETBACKS[what] === 'return'
}

/** The loss that a fan recovers from; undefined for any other error. */
export function setbackOf(error: unknown): string | undefined {
  if (!(error instanceof Leaving) || error.end.outcome !== 'error') return undefined
  const { step, code } = error.end.error
  const what = `${step} ${code}`
  return what in SETBACKS ? what : undefined
}
