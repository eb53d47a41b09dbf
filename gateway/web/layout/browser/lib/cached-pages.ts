import { COPY_MARK } from '../../copy-mark.ts'
import { cacheNames, cacheOf, forgetPages } from './forget-pages.ts'

/** Which pages a service worker caches, and how long. */
export type CachingRules = {
  /** The prefix of their caches' names. */
  cache: string
  /** Matches their paths with the query; a page is stored under its path alone. */
  pages: RegExp
  pagesMax: number
  ageMsMax: number
  /** Whether the pages are personal: they are removed when the user is signed out. */
  personal: boolean
}

/** Cached pages with the files that they use, so that a changed file does not break them. */
export type CachedPages = {
  /** A page, unless it was never cached or has expired. */
  find(url: URL): Promise<Response | undefined>
  /**
   * Requests a page; rejects when no response arrives.
   *
   * @returns the response, and a promise that settles when the cache has been updated
   */
  ask(request: Request): Promise<{ response: Response; heeded: Promise<void> }>
  /** Caches files that a page loads only on demand. */
  cacheFiles(url: URL, paths: readonly string[]): Promise<void>
}

const FILE = /(?:href|src)="(\/assets\/[\w.-]+)/g
const CACHED_AT = 'naru-kept-at'

export function createCachedPages(rules: CachingRules, now: () => number = Date.now): CachedPages {
  const prefix = cacheOf(rules.cache, '')
  const nameOf = ({ pathname }: URL) => prefix + pathname
  const isOld = (at: number) => !(now() - at <= rules.ageMsMax)

  /** Stores a page, but never without its files: an incomplete page is no better than the one before. */
  async function store(cache: Cache, url: URL, response: Response): Promise<void> {
    const html = await response.text()
    const files = [...html.matchAll(FILE)].map(([, path = '']) => path)
    await addFiles(cache, url, files)
    const headers = new Headers(response.headers)
    headers.delete('content-encoding')
    const at = new Date(now()).toISOString()
    headers.set(CACHED_AT, at)
    const copy = html.replace(COPY_MARK.hidden, `${COPY_MARK.shown}="${at}"`)
    await cache.put(keyOf(url), new Response(copy, { headers }))
    const unnamed = (await cache.keys())
      .map((file) => new URL(file.url))
      .filter(({ pathname }) => pathname !== url.pathname && !html.includes(pathname))
    await Promise.all(unnamed.map((file) => cache.delete(file)))
    await forgetOld(url)
  }

  async function forgetOld({ origin }: URL): Promise<void> {
    const pages = await Promise.all(
      (await cacheNames(rules.cache)).map(async (name) => {
        const page = await caches.match(origin + name.slice(prefix.length), { cacheName: name })
        // A cache without a page belongs to a request in progress.
        return { name, at: page === undefined ? now() : cachedAt(page) }
      }),
    )
    const old = pages
      .sort((a, b) => b.at - a.at)
      .filter(({ at }, place) => place >= rules.pagesMax || isOld(at))
    await Promise.all(old.map(({ name }) => caches.delete(name)))
  }

  /** Updates the cache according to a response. */
  async function heed(cache: Cache, url: URL, answer: Answer): Promise<void> {
    const { status, type, redirected, copy } = answer
    const leadsElsewhere = type === 'opaqueredirect' || redirected
    if (leadsElsewhere && rules.personal) await forgetPages(rules.cache)
    else if (copy !== undefined && !leadsElsewhere) await store(cache, url, copy)
    else if (status === 403 || status === 404) await caches.delete(nameOf(url))
    else await dropEmpty(cache, url)
  }

  async function dropEmpty(cache: Cache, url: URL): Promise<void> {
    if ((await cache.keys()).length === 0) await caches.delete(nameOf(url))
  }

  return {
    async find(url) {
      const page = await caches.match(keyOf(url), { cacheName: nameOf(url) })
      if (page === undefined || !isOld(cachedAt(page))) return page
      await caches.delete(nameOf(url))
      return undefined
    },
    async ask(request) {
      const url = new URL(request.url)
      // Opened before the request: if the cache is deleted meanwhile, what arrives later is dropped too.
      const cache = await caches.open(nameOf(url)).catch(() => undefined)
      try {
        const response = await fetch(request)
        const { status, type, redirected } = response
        const copy = status === 200 ? response.clone() : undefined
        const heeded = cache && heed(cache, url, { status, type, redirected, copy })
        return { response, heeded: heeded ?? Promise.resolve() }
      } catch (error) {
        if (cache !== undefined) await dropEmpty(cache, url)
        throw error
      }
    },
    async cacheFiles(url, paths) {
      await addFiles(await caches.open(nameOf(url)), url, paths)
    },
  }
}

type Answer = Pick<Response, 'status' | 'type' | 'redirected'> & { copy: Response | undefined }

function keyOf({ origin, pathname }: URL): string {
  return origin + pathname
}

export function cachedAt(page: Response): number {
  return Date.parse(page.headers.get(CACHED_AT) ?? '')
}

/** File names change with their content, so an existing file is valid. */
async function addFiles(cache: Cache, { origin }: URL, paths: readonly string[]): Promise<void> {
  const urls = [...new Set(paths)].map((path) => origin + path)
  const known = await Promise.all(urls.map((url) => cache.match(url)))
  await cache.addAll(urls.filter((_, i) => known[i] === undefined))
}
