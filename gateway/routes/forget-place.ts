import type { Context } from 'hono'
import { deleteCookie } from 'hono/cookie'
import { placeCookie } from '../../shared/tokens/cookies.ts'
import { entryCookie } from './entry-key.ts'

/** Makes a browser forget its place in a room, and the key it entered with: entering again is for a new one. */
export function forgetPlace(c: Context, room: string): void {
  for (const name of [placeCookie(room), entryCookie(room)]) deleteCookie(c, name, { prefix: 'host' })
}
