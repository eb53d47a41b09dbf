import type { TestSettings } from '../../shared/testing/redis.ts'

/** The expected state of a room, from observing every step: time, calls, passes and bindings. */
export type Model = {
  room: string
  now: number
  version: number
  settings: Required<Pick<TestSettings, 'ratePerSecond' | 'maxActive' | 'paused'>>
  entries: number
  serving: number
  left: Set<number>
  claimed: Set<number>
  /** Called, and neither claimed, reserved, left nor lapsed. */
  open: Set<number>
  /** When each position was called. */
  calledAt: Map<number, number>
  /** When the turn reserved for a position ends. */
  retainedUntil: Map<number, number>
  /** The latest pass of each account. */
  passes: Map<string, { id: string; expires: number; position: number }>
  /** Position → the account it is bound to. */
  bound: Map<number, string>
}

/** A room that has just been published and has no entries. */
export function newModel(room: string, now: number): Model {
  return {
    room,
    now,
    version: 1,
    settings: { ratePerSecond: 10, maxActive: 5, paused: 0 },
    entries: 0,
    serving: -1,
    left: new Set(),
    claimed: new Set(),
    open: new Set(),
    calledAt: new Map(),
    retainedUntil: new Map(),
    passes: new Map(),
    bound: new Map(),
  }
}

export function livePasses(model: Model): number {
  return [...model.passes.values()].filter(({ expires }) => expires > model.now).length
}

/** The state of a place for an account that is about to claim it. */
export function inspect(model: Model, account: string, position: number) {
  const pass = model.passes.get(account)
  const admitted = pass !== undefined && pass.expires > model.now && pass.position === position
  const used = model.claimed.has(position) || model.left.has(position)
  const ofAnother = !used && (model.bound.get(position) ?? account) !== account
  return {
    account,
    position,
    ofAnother,
    waiting: !used && !ofAnother && position > model.serving,
    /** The pass that a repeated claim must return. */
    again: admitted ? pass : undefined,
    elsewhere: waitingElsewhere(model, account, position),
  }
}

/** The other place where the account waits, until that is missed, left, or used and the pass has ended. */
export function waitingElsewhere(model: Model, account: string, position: number): number | undefined {
  const [at] = [...model.bound].find(([, bound]) => bound === account) ?? []
  if (at === undefined || at === position) return undefined
  const admitted = (model.passes.get(account)?.expires ?? 0) > model.now
  const called = at <= model.serving
  const mayClaim = model.open.has(at) || (model.retainedUntil.get(at) ?? 0) > model.now
  const waits = !model.claimed.has(at) && !model.left.has(at) && (!called || mayClaim)
  return admitted || waits ? at : undefined
}

export function rebind(model: Model, position: number, account: string): void {
  for (const [at, bound] of model.bound) if (bound === account) model.bound.delete(at)
  model.bound.set(position, account)
}

export function unbind(model: Model, position: number, account: string): void {
  if (model.bound.get(position) === account) model.bound.delete(position)
}
