/**
 * How something that a process asks of a store or the provider goes: `refused` did not happen, `lost` happened and the
 * answer did not come. At the provider, `late` happens after the answer was given up, and `nonsense` is an answer that
 * makes no sense. Of a store these two are like `refused` and `done`.
 */
export type Way = 'done' | 'refused' | 'lost' | 'late' | 'nonsense'

/** Asks for something to happen; the test says when, and which way. */
export type Ask = <T>(happen: (way: Way) => Promise<T>) => Promise<T>

class Outage extends Error {
  readonly code = 'ECONNREFUSED'
}

export function outage(): Error {
  return new Outage('connect ECONNREFUSED')
}

export function isUnavailable(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof Outage) return true
  return false
}
