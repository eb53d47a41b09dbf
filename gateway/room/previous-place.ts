import type { Reply } from '../../shared/redis/commands/reply.ts'

/** The position of an index, undefined until the draw is made: `positionOf` of draw.ts for one room. */
export type Positions = (index: number) => number | undefined

/** The place an account was last found bound to, as scripts expect it; index −1 for none. */
export type PreviousPlace = { index: number; position: number }

/** Another device of the account may rebind it between two attempts, but hardly ever this often. */
const ATTEMPTS_MAX = 4

/**
 * Runs a decision that an account's previous place may prevent. Redis knows that place by its index alone and needs its
 * position to tell whether it is over, so the decision is retried with the position. A repeated `elsewhere` is final:
 * the account still waits there, or the position is unknown until the draw.
 */
export async function decideBesidePrevious(
  positions: Positions,
  decide: (previous: PreviousPlace) => Promise<Reply>,
): Promise<Reply> {
  let previous: PreviousPlace = { index: -1, position: -1 }
  for (let attempt = 1; ; attempt += 1) {
    const reply = await decide(previous)
    const [status, index] = reply
    if (status !== 'elsewhere' || index === previous.index || attempt === ATTEMPTS_MAX) return reply
    const position = positions(Number(index))
    if (position === undefined) return reply
    previous = { index: Number(index), position }
  }
}
