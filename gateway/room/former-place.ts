import type { Reply } from '../../shared/redis/scripts.ts'

/** The position of an index, undefined until the lots are drawn: draw.ts' `positionOf` for one room. */
export type Positions = (index: number) => number | undefined

/** The place an account was last found bound to, as scripts take it; index −1 for none. */
export type FormerPlace = { index: number; position: number }

/** An account's other devices may bind it anew between two looks, but hardly ever so often. */
const LOOKS_MAX = 4

/**
 * Runs a decision that an account's former place may stand against. Redis knows that place by its index alone, and
 * needs its position to tell whether it is over, so the decision is asked again with it. An `elsewhere` that comes
 * back stands: the account still waits there, or nobody can tell before the lots are drawn.
 */
export async function decideBesideFormer(
  positions: Positions,
  decide: (former: FormerPlace) => Promise<Reply>,
): Promise<Reply> {
  let former: FormerPlace = { index: -1, position: -1 }
  for (let look = 1; ; look += 1) {
    const reply = await decide(former)
    const [status, index] = reply
    if (status !== 'elsewhere' || index === former.index || look === LOOKS_MAX) return reply
    const position = positions(Number(index))
    if (position === undefined) return reply
    former = { index: Number(index), position }
  }
}
