import type { IncomingMessage } from 'node:http'
import { parse as parseCookies } from 'hono/utils/cookie'
import QuickLRU from 'quick-lru'
import type { Clock } from '../shared/clock.ts'
import type { FirstListener } from '../shared/http/listen.ts'
import { faultOf } from '../shared/http/refuse.ts'
import type { Logger } from '../shared/log.ts'
import { type Metrics, plainCounter } from '../shared/metrics.ts'
import type { Festivals } from './festivals.ts'
import { LANGUAGE_COOKIE, languageOf } from './pages/language.ts'
import type { Language } from './pages/translated.ts'

/** A page as the app answered it: header names and values in turn, as `writeHead` takes them, and the compressed body. */
type KeptPage = { atMs: number; headers: string[]; body: Buffer }

export type PageListenerDeps = {
  app: { fetch: (request: Request) => Response | Promise<Response> }
  festivals: Pick<Festivals, 'of'>
  /** How old a kept page may be. */
  keptMs: number
  keptMax: number
  now: Clock
  onPage: () => void
  log: Logger
}

const FESTIVAL_PAGE = /^\/festivals\/([a-z0-9-]+)$/
const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i
/** What the app says for one visitor, and what Node says by itself. */
const NOT_KEPT = new Set(['x-request-id', 'set-cookie', 'content-length', 'date', 'connection'])

/**
 * Answers what is the same for everyone from memory: the front page and festivals' pages, which a whole crowd opens at
 * once. The app renders them, in each language, at most once in `keptMs`; whatever is not kept yet, or is asked for in
 * any other way, is left to it.
 */
export function createPageListener(deps: PageListenerDeps): FirstListener {
  const kept = new QuickLRU<string, KeptPage>({ maxSize: deps.keptMax })
  const renewed = new Set<string>()

  async function renew(key: string, path: string, language: Language): Promise<void> {
    if (renewed.has(key)) return
    renewed.add(key)
    try {
      const page = await render(deps, path, language)
      if (page === undefined) kept.delete(key)
      else kept.set(key, page)
    } catch (error) {
      deps.log.error({ err: error, path }, 'a page could not be kept')
    } finally {
      renewed.delete(key)
    }
  }

  return (request, response) => {
    const { url: path = '', headers } = request
    if (!isAskedPlainly(request) || !isSameForAll(path, deps.festivals)) return false
    const chosen = parseCookies(headers.cookie ?? '', LANGUAGE_COOKIE)[LANGUAGE_COOKIE]
    const language = languageOf(chosen, headers['accept-language'])
    const key = `${language} ${path}`
    const page = kept.get(key)
    if (page === undefined || deps.now() >= page.atMs + deps.keptMs) {
      void renew(key, path, language)
      return false
    }
    response.writeHead(200, page.headers).end(page.body)
    deps.onPage()
    return true
  }
}

function isAskedPlainly(request: IncomingMessage): boolean {
  const { method, headers } = request
  return (
    method === 'GET' && TAKES_GZIP.test(headers['accept-encoding'] ?? '') && faultOf(request) === undefined
  )
}

/** Only what there is, so that nobody fills the memory with what there is not. */
function isSameForAll(path: string, festivals: PageListenerDeps['festivals']): boolean {
  if (path === '/') return true
  const [, festival] = FESTIVAL_PAGE.exec(path) ?? []
  return festival !== undefined && festivals.of(festival) !== undefined
}

/** Asks the app as a visitor without any cookie does; undefined when it has no page to keep. */
async function render(
  { app, now }: PageListenerDeps,
  path: string,
  language: Language,
): Promise<KeptPage | undefined> {
  const atMs = now()
  const request = new Request(new URL(path, 'http://localhost'), {
    headers: { 'accept-language': language, 'accept-encoding': 'gzip' },
  })
  const response = await app.fetch(request)
  const body = Buffer.from(await response.arrayBuffer())
  if (response.status !== 200 || response.headers.get('content-encoding') !== 'gzip') return undefined
  const headers = [...response.headers].filter(([name]) => !NOT_KEPT.has(name)).flat()
  return { atMs, headers: [...headers, 'content-length', String(body.byteLength)], body }
}

export function createPageCounter(metrics: Metrics): () => void {
  return plainCounter(metrics, 'naru_kept_pages_total', 'Pages answered from memory')
}
