import type { TicketStore } from './ticket-store.ts'

/** The device's ID, created when it first opens a gate. */
export async function deviceId(store: Pick<TicketStore, 'readDevice' | 'writeDevice'>): Promise<string> {
  const known = await store.readDevice()
  if (known !== undefined) return known
  const made = newId()
  await store.writeDevice(made)
  return made
}

/** A version 4 UUID that also works on a page over plain HTTP, which has no `crypto.randomUUID`. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte, i) => {
    if (i === 6) return ((byte & 0x0f) | 0x40).toString(16)
    if (i === 8) return ((byte & 0x3f) | 0x80).toString(16)
    return byte.toString(16).padStart(2, '0')
  }).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
