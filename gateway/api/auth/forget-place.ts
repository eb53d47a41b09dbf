import type { Context } from 'hono'
import { deleteOwnCookie, readOwnCookies } from '../../../shared/http/cookies.ts'
import { passCookie, placeCookie } from '../../../shared/tokens/cookies.ts'
import { entryCookie } from '../../room/entry-key.ts'

/** Clears a browser's place in a room and the key it entered with, so that entering again gives a new place. */
export function forgetPlace(c: Context, room: string): void {
  for (const name of [placeCookie(room), entryCookie(room)]) deleteOwnCookie(c, name)
}

/**
 * Clears a browser's cookies of every room, since the next user may be another person. A place that is bound to an
 * account is found again by signing in.
 */
export function forgetRooms(c: Context): void {
  for (const cookie of [placeCookie, entryCookie, passCookie]) {
    for (const { name } of readOwnCookies(c, cookie(''))) deleteOwnCookie(c, name)
  }
}
