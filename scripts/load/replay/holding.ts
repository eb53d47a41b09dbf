import type { Client } from './client.ts'
import { type Hold, HoldSchema, readBody, unexpected } from './contract.ts'
import type { Journey, StepRun } from './journey.ts'
import { failed, rejected } from './leaving.ts'
import { jittered, type Time } from './time.ts'

export type HoldingDeps = { client: Client; time: Time; room: string; ticketTypes: readonly number[] }

/** The interval between attempts while others hold all that is left. */
const UNITS_RETRY_MS = 1000
const UNITS_JITTER_SHARE = 0.3

/** The hold: its type, and the fields that its payment must name. */
export type Held = { type: number; hold: Hold }

/**
 * Holds one ticket: of the type the fan likes best, else of another. While units are only held by others, tries on as
 * long as the pass lives.
 *
 */
export async function holdTicket(deps: HoldingDeps, journey: Journey, pass: string): Promise<Held> {
  const { client, room } = deps
  const run = journey.begin('hold')
  let wanted = shuffled(deps.ticketTypes, run.random)
  for (let hasWaited = false; ; hasWaited = true) {
    const maybeLater: number[] = []
    for (const type of wanted) {
      const result = await tryHold(deps, run, pass, type, hasWaited)
      if (typeof result === 'object') {
        journey.end(run)
        return { type, hold: result }
      }
      if (result === 'maybe-later') maybeLater.push(type)
    }
    if (maybeLater.length === 0) {
      // Another fan can be admitted immediately, instead of when the pass expires.
      await client.send(run, { method: 'DELETE', path: `/api/rooms/${room}/pass`, token: pass })
      throw rejected('sold-out')
    }
    wanted = maybeLater
    await deps.time.pause(jittered(UNITS_RETRY_MS, UNITS_JITTER_SHARE, run.random), run.signal)
  }
}

async function tryHold(
  { client, room }: HoldingDeps,
  run: StepRun,
  token: string,
  type: number,
  hasWaited: boolean,
): Promise<Hold | 'maybe-later' | 'gone'> {
  const basket = [{ type, quantity: 1 }]
  const path = `/api/rooms/${room}/hold`
  const answer = await client.send(run, { method: 'PUT', path, token, body: { basket } })
  switch (answer.code) {
    case 'units-held':
      return 'maybe-later'
    case 'sold-out':
    case 'not-on-sale':
      return 'gone'
    case 'pass-ended':
    case 'token-invalid':
      // No unit was released while the pass was live.
      if (hasWaited) throw rejected('pass-ended')
      throw unexpected(run, answer)
    default: {
      const hold = readBody(run, answer, 200, HoldSchema)
      const [first, ...others] = hold.basket
      if (others.length === 0 && first?.type === type && first.quantity === 1) return hold
      throw failed(run.step, {
        status: answer.status,
        detail: 'the hold is not the basket that was asked for',
      })
    }
  }
}

/** Fisher and Yates, as in Knuth, The Art of Computer Programming, 3.4.2, algorithm P. */
function shuffled(types: readonly number[], random: () => number): number[] {
  const left = [...types]
  const order: number[] = []
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1))
  return order
}
