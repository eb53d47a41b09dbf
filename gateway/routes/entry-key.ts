import { randomBytes } from 'node:crypto'
import { z } from '@hono/zod-openapi'

const KEY_BYTES = 16

export const EntryKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/)
  .openapi({ description: '16 random bytes in base64url, chosen by the client; a retry sends the same' })

/** In URLs, which end up in logs: what is no way to the place. */
export const EntryHashSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/)
  .openapi({ description: 'The first 16 bytes of the SHA-256 of the entry’s key, in base64url' })

export function makeEntryKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url')
}

/**
 * The cookie with the key that a browser without JavaScript will enter a room with, so that a form sent twice gives one
 * place. It comes with the page and not in it: the page can be the same for everyone.
 */
export const entryCookie = (room: string) => `naru-entry-${room}`
