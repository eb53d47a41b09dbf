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

/** How often one fan begins again. */
const BEGINNINGS_MAX = 8

/**
 * What may be lost with Redis, or run out while something is unavailable, and what a fan does then: their place, so that they
 * enter again; their pass, hold or payment that was not recorded, so that they claim again with the place they have.
 * `return`: a Redis that has lost their claim calls the place before once more, and they go on with that one.
 */
const SETBACKS: Readonly<Record<string, 'enter' | 'claim' | 'return'>> = {
  'wait place-lost': 'enter',
  'claim place-lost': 'enter',
  'claim place-used': 'enter',
  'claim turn-missed': 'enter',
  'claim place-bound': 'return',
  // Two Redis have given one index, and the account of the other fan is bound to it.
  'claim place-foreign': 'enter',
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
  /** Told of each thing that was lost, as `step code`. */
  onSetback: (what: string) => void
  /** Gives the session of the fan's own account. */
  signIn: (client: Client, journey: Journey) => Promise<string>
  /** How long a fan looks at what they hold before they pay, more or less. */
  thinkMs: number
  /** How many of one ticket type an account may have. */
  accountLimit: number
}

const THINK_JITTER_SHARE = 0.5

/**
 * One fan's whole way, made of the steps of scripts/load/replay, by someone who does not give up when the system has lost
 * what they had. Returns their session.
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

/** True when a fan is sent back to the place that they had before. */
export function isSentBack(error: unknown): boolean {
  const what = setbackOf(error)
  return what !== undefined && SETBACKS[what] === 'return'
}

/** What was lost that a fan begins again from; undefined when it is something else that went wrong. */
export function setbackOf(error: unknown): string | undefined {
  if (!(error instanceof Leaving) || error.end.outcome !== 'error') return undefined
  const { step, code } = error.end.error
  const what = `${step} ${code}`
  return what in SETBACKS ? what : undefined
}
