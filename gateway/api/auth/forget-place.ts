import type { Context } from 'hono'
import { deleteOwnCookie, readOwnCookies } from '../../../shared/http/cookies.ts'
import { passCookie, placeCookie } from '../../../shared/tokens/cookies.ts'
import { entryCookie } from '../../room/entry-key.ts'

/** Makes a browser forget its place in a room, and the key it entered with: entering again is for a new one. */
export function forgetPlace(c: Context, room: string): void {
  for (const name of [placeCookie(room), entryCookie(room)]) deleteOwnCookie(c, name)
}

/**
 * Makes a browser forget what it keeps of every room: whoever uses it next is someone else. A place that is bound to an
 * account is found again by signing in.
 */
export function forgetRooms(c: Context): void {
  for (const cookie of [placeCookie, entryCookie, passCookie]) {
    for (const { name } of readOwnCookies(c, cookie(''))) deleteOwnCookie(c, name)
  }
}
