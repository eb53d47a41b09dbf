import { randomBytes } from 'node:crypto'

const KEY_BYTES = 16

export function makeEntryKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url')
}

/**
 * The cookie with the key that a browser without JavaScript will enter a room with, so that a form sent twice gives one
 * place. It comes with the page and not in it: the page can be the same for everyone.
 */
export const entryCookie = (room: string) => `naru-entry-${room}`
