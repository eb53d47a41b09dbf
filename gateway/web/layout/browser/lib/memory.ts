/**
 * Data of a room that only this browser stores, across reloads: the entry key, the chosen tickets, commitment and
 * closing of the draw as first seen, and the fan's last known standing.
 */

export type Stored = 'key' | 'basket' | 'commitment' | 'closing' | 'seen'

export function remember(what: Stored, room: string, value: string): void {
  try {
    localStorage.setItem(name(what, room), value)
  } catch {
    // Private windows may have no storage; the sale works without.
  }
}

export function recall(what: Stored, room: string): string | undefined {
  try {
    return localStorage.getItem(name(what, room)) ?? undefined
  } catch {
    return undefined
  }
}

export function forget(what: Stored, room: string): void {
  try {
    localStorage.removeItem(name(what, room))
  } catch {
    // Nothing was stored.
  }
}

/** Clears the data of every room. */
export function forgetAll(what: Stored): void {
  try {
    const names = Object.keys(localStorage).filter((each) => each.startsWith(name(what, '')))
    for (const each of names) localStorage.removeItem(each)
  } catch {
    // Nothing was stored.
  }
}

function name(what: Stored, room: string): string {
  return `naru-${what}-${room}`
}
