import type { Facts, RoomFacts } from './facts.ts'
import type { Finding, Verdict } from './finding.ts'

/** `roomAdmit` names a call by the end of its quarter of a second. */
const SLOT_MS = 250

type Call = { slotMs: number; last: number; called: number }

/**
 * Invariant 5: live passes never exceed `maxActive`, and fans called in any window never exceed the rate's budget.
 * Redis returns all of this for one instant, and stores calls until their grace has passed.
 */
export function checkAdmission({ after }: Facts): Verdict {
  if (after === undefined) return { checked: {}, findings: [] }
  const calls = callsOf(after)
  const live = [...after.passEnds.values()].filter((ends) => ends > after.nowMs).length
  return {
    checked: { livePasses: live, calls: calls.reduce((sum, { called }) => sum + called, 0) },
    findings: [
      ...checkActive(live, after.maxActive),
      ...checkServing(calls, after),
      ...checkBudget(
        calls.filter(({ slotMs }) => slotMs !== after.recalledSlotMs),
        after.ratePerSecond,
      ),
      ...checkUnresolved(calls, after),
      ...checkTurns(after),
    ],
  }
}

/** How many were called in each slot: positions up to its last that were not called or skipped before. */
function callsOf({ calls, missedThrough }: RoomFacts): Call[] {
  return calls.map(({ slotMs, last, passed }, i) => ({
    slotMs,
    last,
    called: last - (calls[i - 1]?.last ?? missedThrough) - passed,
  }))
}

function checkActive(live: number, maxActive: number): Finding[] {
  if (live <= maxActive) return []
  return [{ breach: 'there are more live passes than may be', id: `${live}`, detail: `at most ${maxActive}` }]
}

/** `serving` is the last position called, and each call reached at least one fan. */
function checkServing(calls: readonly Call[], { serving, missedThrough }: RoomFacts): Finding[] {
  const findings: Finding[] = calls
    .filter(({ called }) => called < 1)
    .map(({ slotMs, last }) => ({
      breach: 'a call called no fan',
      id: `slot ${slotMs}`,
      detail: `up to position ${last}`,
    }))
  const last = calls.at(-1)?.last ?? missedThrough
  if (last !== serving) {
    findings.push({
      breach: 'serving is not the last position called',
      id: `position ${serving}`,
      detail: `called up to ${last}`,
    })
  }
  return findings
}

/**
 * The bucket holds one second's worth and starts with less, so that between two instants at most rate × (seconds + 1)
 * are called. Calls of slots i to j fell between the beginning of slot i and the end of slot j.
 */
function checkBudget(calls: readonly Call[], ratePerSecond: number): Finding[] {
  let worst: { from: Call; to: Call; called: number; over: number } | undefined
  // Of all windows that end with a call, the one most over budget begins where this is greatest.
  let start: { from: Call; before: number; credit: number } | undefined
  const beginMs = calls[0]?.slotMs ?? 0
  let before = 0
  for (const to of calls) {
    const credit = (ratePerSecond * (to.slotMs - beginMs)) / 1000 - before
    if (start === undefined || credit > start.credit) start = { from: to, before, credit }
    before += to.called
    const called = before - start.before
    const over = called - budgetOf(start.from, to, ratePerSecond)
    if (over > 0 && (worst === undefined || over > worst.over)) worst = { from: start.from, to, called, over }
  }
  if (worst === undefined) return []
  return [
    {
      breach: 'more fans were called than the rate allows',
      id: `slots ${worst.from.slotMs} to ${worst.to.slotMs}`,
      detail: `${worst.called} called, at most ${budgetOf(worst.from, worst.to, ratePerSecond)}`,
    },
  ]
}

function budgetOf(from: Call, to: Call, ratePerSecond: number): number {
  const windowMs = to.slotMs - from.slotMs + SLOT_MS
  return Math.floor(ratePerSecond + (ratePerSecond * windowMs) / 1000)
}

function checkUnresolved(calls: readonly Call[], { unresolved, unresolvedTotal }: RoomFacts): Finding[] {
  const called = new Map(calls.map((call) => [call.slotMs, call.called]))
  const findings: Finding[] = []
  let sum = 0
  for (const [slot, fans] of unresolved) {
    sum += fans
    const most = called.get(slot) ?? 0
    if (fans >= 0 && fans <= most) continue
    findings.push({
      breach: 'a slot has other unresolved calls than it can have',
      id: `slot ${slot}`,
      detail: `${fans} unresolved of ${most} called`,
    })
  }
  if (sum !== unresolvedTotal) {
    findings.push({
      breach: 'the unresolved calls do not add up',
      id: `total ${unresolvedTotal}`,
      detail: `the slots have ${sum}`,
    })
  }
  return findings
}

function checkTurns({ turns, turnEnds }: RoomFacts): Finding[] {
  const oneSided = [...turns, ...turnEnds].filter(
    (position) => turns.has(position) !== turnEnds.has(position),
  )
  return oneSided.map((position) => ({
    breach: 'a kept turn has no end, or an end no turn',
    id: `position ${position}`,
  }))
}
