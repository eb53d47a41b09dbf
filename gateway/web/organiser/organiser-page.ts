import type { Context } from 'hono'
import { Problem } from '../../../shared/api/problem.ts'
import { inLanguage } from '../../../shared/in-language.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Api, ApiAnswer } from '../../api/page-api.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import type { Assets } from '../assets/assets.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { signInFirst } from '../layout/sign-in-first.ts'
import { festivalPath } from './live/frame.ts'
import type { FestivalName } from './live/sale.ts'

/** The dependencies of the organiser's pages about a sale. */
export type OrganiserLivePageDeps = {
  config: { publicUrl: string }
  festivals: Festivals
  assets: Assets
  api: Api
  now: Clock
}

export type Refused = Extract<ApiAnswer<unknown>, { ok: false }>

const RETRY_SECONDS = 2

/**
 * The response of organisers' pages when the API refuses: redirects a visitor who is not signed in to sign in and back
 * to `back`; any other error becomes an error page.
 */
export function refuse(c: Context, { status, problem }: Refused, back: string): Response {
  if (status === 401) return signInFirst(c, back)
  if (problem.code === 'second-factor-needed') return c.redirect('/me/security?needed', 303)
  if (status === 403) throw new Problem('forbidden', 'This page is for organisers')
  if (status === 404) throw new Problem('not-found')
  if (status === 503) {
    const retryAfterSeconds = Number(problem['retryAfterSeconds'] ?? RETRY_SECONDS)
    throw new Problem('unavailable', undefined, { retryAfterSeconds })
  }
  throw new Problem(status === 422 ? 'invalid-input' : 'bad-request', problem.detail)
}

/** Allows a change only while its object still has this version. */
export function ifMatchHeader(version: number): Record<string, string> {
  return { 'if-match': `"${version}"` }
}

/** The path of this request with its query, to return to. */
export function hereOf(c: Context): string {
  const { pathname, search } = new URL(c.req.url)
  return pathname + search
}

/** The festival of this request's path, by its ID where gateways do not show it yet. */
export function festivalOf(c: Context<PageEnv>, festivals: Festivals): FestivalName {
  const id = c.req.param('festival') ?? ''
  const festival = festivals.of(id)
  return festival !== undefined
    ? inLanguage(festival, c.get('language'))
    : { id, name: id, timeZone: 'UTC', ticketTypes: [] }
}

/** The path parameter of the routes about this request's festival. */
export function ofFestival(c: Context): { festival: string } {
  return { festival: c.req.param('festival') ?? '' }
}

/** The same for the routes about its room, which has the same ID. */
export function ofRoom(c: Context): { room: string } {
  return { room: c.req.param('festival') ?? '' }
}

/** The text fields of a form; files are ignored. */
export async function fieldsOf(c: Context): Promise<Record<string, string>> {
  const form = await c.req.parseBody()
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}

/** The path of this request's festival. */
export function pathOf(c: Context): string {
  return festivalPath(c.req.param('festival') ?? '')
}
