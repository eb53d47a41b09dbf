import type { IncomingMessage } from 'node:http'
import { parse as parseCookies } from 'hono/utils/cookie'
import QuickLRU from 'quick-lru'
import { type CookieScheme, cookieHeader, sentName } from '../../shared/http/cookies.ts'
import type { FirstListener } from '../../shared/http/listen.ts'
import { errorOf } from '../../shared/http/refuse.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { type Metrics, plainCounter } from '../../shared/runtime/metrics.ts'
import { SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import type { Festivals } from '../catalogue/festivals.ts'
import { entryCookie, makeEntryKey } from '../room/entry-key.ts'
import { languageOf } from './i18n/language.ts'
import { LANGUAGE_COOKIE, type Language } from './i18n/translated.ts'

/**
 * A page as the app returned it: header names and values in turn, as `writeHead` takes them, and the compressed body.
 */
type CachedPage = { atMs: number; headers: string[]; body: Buffer }

/** The home page, or that of a festival or its waiting room. */
type AskedPage = { shows: 'festivals' } | { shows: 'festival' } | { shows: 'room'; room: string }

export type PageListenerDeps = {
  app: { fetch: (request: Request) => Response | Promise<Response> }
  festivals: Pick<Festivals, 'of'>
  cookies: CookieScheme
  /** The maximum age of a cached page. */
  cachedMs: number
  cachedMax?: number
  now: Clock
  onPage: () => void
  log: Logger
}

/** How long an expired page may be served while it is rendered. */
const STALE_MS_MAX = 5000
/** Each has some hundred kilobytes. */
const PAGES_CACHED_MAX = 300

const FESTIVAL_PAGE = /^\/festivals\/([a-z0-9-]+)(\/room)?$/
const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i
/** Headers that the app sets per visitor, and those that Node adds. */
const NOT_CACHED = new Set(['x-request-id', 'set-cookie', 'content-length', 'date', 'connection'])

/**
 * Serves shared pages from memory, which an entire crowd opens at the same time: the home page, festivals' pages for
 * visitors without a session, and their rooms' pages for those with neither a session nor a place. The app renders
 * them, in each language, about once in `cachedMs`; any other request, and any page not cached yet, is left to the app.
 */
export function createPageListener(deps: PageListenerDeps): FirstListener {
  const ownCookies = ownCookiesOf(deps.cookies)
  const session = new RegExp(`(?:^|;)\\s*${sentName(deps.cookies, SESSION_COOKIE)}=`)
  const cached = new QuickLRU<string, CachedPage>({ maxSize: deps.cachedMax ?? PAGES_CACHED_MAX })
  const renewed = new Set<string>()

  async function renew(key: string, path: string, language: Language): Promise<void> {
    if (renewed.has(key)) return
    renewed.add(key)
    try {
      const page = await render(deps, path, language)
      if (page === undefined) cached.delete(key)
      else cached.set(key, page)
    } catch (error) {
      deps.log.error({ err: error, path }, 'a page could not be kept')
    } finally {
      renewed.delete(key)
    }
  }

  function isOwn({ shows }: AskedPage, cookie: string): boolean {
    if (shows === 'festivals') return false
    return (shows === 'room' ? ownCookies : session).test(cookie)
  }

  return (request, response) => {
    const { url: path = '', headers } = request
    const cookie = headers.cookie ?? ''
    const asked = isAskedPlainly(request) ? findPage(path, deps.festivals) : undefined
    if (asked === undefined || isOwn(asked, cookie)) return false
    const cookies = parseCookies(cookie)
    const language = languageOf(cookies[LANGUAGE_COOKIE], headers['accept-language'])
    const key = `${language} ${path}`
    const page = cached.get(key)
    const ageMs = page === undefined ? Number.POSITIVE_INFINITY : deps.now() - page.atMs
    // The first request that finds an expired page triggers rendering; the others get the old one until that is done.
    const isUsable = ageMs < deps.cachedMs || (ageMs < deps.cachedMs + STALE_MS_MAX && renewed.has(key))
    if (page === undefined || !isUsable) {
      void renew(key, path, language)
      return false
    }
    response.writeHead(200, [...page.headers, ...entryKeyHeader(deps.cookies, asked, cookies)]).end(page.body)
    deps.onPage()
    return true
  }
}

function isAskedPlainly(request: IncomingMessage): boolean {
  const { method, headers } = request
  return (
    method === 'GET' && TAKES_GZIP.test(headers['accept-encoding'] ?? '') && errorOf(request) === undefined
  )
}

/** Known pages only, so that made-up addresses cannot fill the memory. */
function findPage(path: string, festivals: PageListenerDeps['festivals']): AskedPage | undefined {
  if (path === '/') return { shows: 'festivals' }
  const [, id = '', ofRoom] = FESTIVAL_PAGE.exec(path) ?? []
  const festival = festivals.of(id)
  if (festival === undefined) return undefined
  return ofRoom === undefined ? { shows: 'festival' } : { shows: 'room', room: festival.room.id }
}

/** The cookie that a room's page sets, as in the app (web/fan/room-pages.ts). */
function entryKeyHeader(
  scheme: CookieScheme,
  asked: AskedPage,
  cookies: Readonly<Record<string, string>>,
): string[] {
  if (asked.shows !== 'room') return []
  const name = entryCookie(asked.room)
  return cookies[sentName(scheme, name)] === undefined
    ? ['set-cookie', cookieHeader(scheme, name, makeEntryKey())]
    : []
}

/** Matches cookies that change the page of a room: a session, a place, a pass, a device. */
function ownCookiesOf(scheme: CookieScheme): RegExp {
  return new RegExp(`(?:^|;)\\s*${sentName(scheme, 'naru-')}(?!entry-|language=)`)
}

/** Requests a page from the app as a visitor without cookies; undefined when it cannot be cached. */
async function render(
  { app, now }: PageListenerDeps,
  path: string,
  language: Language,
): Promise<CachedPage | undefined> {
  const atMs = now()
  const request = new Request(new URL(path, 'http://localhost'), {
    headers: { 'accept-language': language, 'accept-encoding': 'gzip' },
  })
  const response = await app.fetch(request)
  const body = Buffer.from(await response.arrayBuffer())
  if (response.status !== 200 || response.headers.get('content-encoding') !== 'gzip') return undefined
  const headers = [...response.headers].filter(([name]) => !NOT_CACHED.has(name)).flat()
  return { atMs, headers: [...headers, 'content-length', String(body.byteLength)], body }
}

export function createPageCounter(metrics: Metrics): () => void {
  return plainCounter(metrics, 'naru_cached_pages_total', 'Pages answered from memory')
}
