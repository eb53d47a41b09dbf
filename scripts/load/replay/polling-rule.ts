import type { PollRule } from './contract.ts'
import { jittered } from './time.ts'

/**
 * How long to wait before asking for the status again, by the rule in the status itself: `nearSeconds` for those with
 * fewer than `nearPositions` before them, more the farther back one stands, up to `farSeconds`. Varied by
 * `jitterShare` either way, so that those who heard the same answer do not ask again together.
 *
 * @param ahead - one's position less the position served last
 * @param random - gives a number in [0, 1)
 */
export function pollDelayMs(rule: PollRule, ahead: number, random: () => number): number {
  const distance = Math.max(1, ahead / Math.max(1, rule.nearPositions))
  const seconds = Math.min(rule.nearSeconds * distance, Math.max(rule.nearSeconds, rule.farSeconds))
  return jittered(seconds * 1000, rule.jitterShare, random)
}
