/** What this browser alone keeps of a room, over reloads: the entry key, what was chosen, commitment and closing of the draw as first seen. */

export type Kept = 'key' | 'basket' | 'commitment' | 'closing'

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

function name(what: Kept, room: string): string {
  return `naru-${what}-${room}`
}
