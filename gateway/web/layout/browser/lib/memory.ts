/** What this browser alone keeps of a room, over reloads: the entry key, what was chosen, commitment and closing of the draw as first seen, and where the fan stood when last seen. */

export type Kept = 'key' | 'basket' | 'commitment' | 'closing' | 'seen'

export function remember(what: Kept, room: string, value: string): void {
  try {
    localStorage.setItem(name(what, room), value)
  } catch {
    // Private windows may keep nothing; the sale goes on without.
  }
}

export function recall(what: Kept, room: string): string | undefined {
  try {
    return localStorage.getItem(name(what, room)) ?? undefined
  } catch {
    return undefined
  }
}

export function forget(what: Kept, room: string): void {
  try {
    localStorage.removeItem(name(what, room))
  } catch {
    // Nothing was kept.
  }
}

/** Forgets it of every room. */
export function forgetAll(what: Kept): void {
  try {
    const names = Object.keys(localStorage).filter((each) => each.startsWith(name(what, '')))
    for (const each of names) localStorage.removeItem(each)
  } catch {
    // Nothing was kept.
  }
}

function name(what: Kept, room: string): string {
  return `naru-${what}-${room}`
}
