import { randomBytes } from 'node:crypto'

const KEY_BYTES = 16

export function makeEntryKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url')
}

/**
 * The cookie with the key for entering a room from a browser without JavaScript, so that a form sent twice gives one
 * place. It is not part of the page, which can therefore be shared by all visitors.
 */
export const entryCookie = (room: string) => `naru-entry-${room}`
