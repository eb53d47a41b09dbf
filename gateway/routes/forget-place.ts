import type { Context } from 'hono'
import { deleteCookie, getCookie } from 'hono/cookie'
import { passCookie, placeCookie } from '../../shared/tokens/cookies.ts'
import { entryCookie } from './entry-key.ts'
import { COOKIE_PREFIX } from './kept-passes.ts'

/** Makes a browser forget its place in a room, and the key it entered with: entering again is for a new one. */
export function forgetPlace(c: Context, room: string): void {
  for (const name of [placeCookie(room), entryCookie(room)]) deleteCookie(c, name, { prefix: 'host' })
}

/**
 * Makes a browser forget what it keeps of every room: whoever uses it next is someone else. A place that is bound to an
 * account is found again by signing in.
 */
export function forgetRooms(c: Context): void {
  const ours = [placeCookie, entryCookie, passCookie].map((cookie) => COOKIE_PREFIX + cookie(''))
  for (const name of Object.keys(getCookie(c))) {
    if (ours.some((prefix) => name.startsWith(prefix)))
      deleteCookie(c, name.slice(COOKIE_PREFIX.length), { prefix: 'host' })
  }
}
