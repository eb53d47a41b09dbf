import type { Facts, RoomFacts } from './facts.ts'
import type { Finding, Verdict } from './finding.ts'
import { claimedPositions } from './read-positions.ts'

/**
 * Invariant 7: no fan is called before one with a lower position. Redis stores calls until their grace has passed, and
 * their outcome for ever: serving only moves forward, and every fan who claimed, has a pass or a kept turn had been
 * called. Passes were read in `before`, then claims, then serving in `after`: each before what it follows from.
 */
export function checkOrder({ before, after, positions }: Facts): Verdict {
  if (after === undefined) return { checked: {}, findings: [] }
  return {
    checked: { called: after.serving + 1 },
    findings: [
      ...checkLine(after),
      ...checkDraw(after),
      ...checkClaims(claimedPositions(positions.claimed), after),
      ...(before === undefined || before.epoch !== after.epoch
        ? []
        : [...checkForward(before, after), ...checkPasses(before, after)]),
      ...checkTurns(after),
    ],
  }
}

/** A later call reaches further than every earlier one. */
function checkLine({ calls, missedThrough }: RoomFacts): Finding[] {
  return calls
    .filter(({ slotMs, last }, i) => {
      const earlier = calls[i - 1]
      return last <= (earlier?.last ?? missedThrough) || slotMs <= (earlier?.slotMs ?? 0)
    })
    .map(({ slotMs, last }) => ({
      breach: 'calls are out of order',
      id: `slot ${slotMs}`,
      detail: `up to position ${last}`,
    }))
}

/** Before the draw no fan has a position to be called by. */
function checkDraw({ isDrawn, serving }: RoomFacts): Finding[] {
  if (isDrawn !== false || serving < 0) return []
  return [{ breach: 'fans were called before the draw', id: `position ${serving}` }]
}

/** A place that was not called yet can only have been left. */
function checkClaims(claims: ReadonlySet<number>, { serving, left }: RoomFacts): Finding[] {
  const ahead = [...claims].filter((position) => position > serving)
  if (ahead.length <= left) return []
  return ahead.map((position) => ({
    breach: 'a position was claimed before it was called',
    id: `position ${position}`,
    detail: `serving ${serving}, ${left} given up`,
  }))
}

function checkForward(before: RoomFacts, after: RoomFacts): Finding[] {
  if (after.serving >= before.serving) return []
  const detail = `it was at ${before.serving}`
  return [{ breach: 'the line went back', id: `position ${after.serving}`, detail }]
}

function checkPasses({ nowMs, passEnds, passPositions }: RoomFacts, { serving }: RoomFacts): Finding[] {
  return [...passPositions]
    .filter(([account, position]) => position > serving && (passEnds.get(account) ?? 0) > nowMs)
    .map(([account, position]) => ({
      breach: 'a pass was given before its position was called',
      id: account,
      detail: `position ${position}, serving ${serving}`,
    }))
}

function checkTurns({ turns, serving }: RoomFacts): Finding[] {
  return [...turns]
    .filter((position) => position > serving)
    .map((position) => ({
      breach: 'a turn is kept for a fan who was not called',
      id: `position ${position}`,
      detail: `serving ${serving}`,
    }))
}
