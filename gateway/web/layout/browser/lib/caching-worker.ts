import { type CachingRules, cachedAt, createCachedPages } from './cached-pages.ts'

type WorkerEvent = Event & { waitUntil(until: Promise<unknown>): void }
type WorkerFetchEvent = WorkerEvent & { request: Request; respondWith(answer: Promise<Response>): void }
type WorkerMessageEvent = WorkerEvent & { data: unknown }
type Worker = {
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  addEventListener(type: 'install' | 'activate', act: (event: WorkerEvent) => void): void
  addEventListener(type: 'fetch', act: (event: WorkerFetchEvent) => void): void
  addEventListener(type: 'message', act: (event: WorkerMessageEvent) => void): void
}

/** A page's message to its worker: that it should be cached, or which files should be cached with it. */
export type ToWorker = { page: string; files?: string[] }

const ASSET = /^\/assets\/[\w.-]+$/
const SLOW_MS = 4000
/** The message is sent right after loading: a page still in the HTTP cache is not requested again. */
const JUST_SEEN: RequestInit = { cache: 'force-cache' }
const FALLBACK_CACHE = 'naru-offline'
const FALLBACK_FRESH_MS = 86_400_000

export type WorkerRules = CachingRules & {
  /** A shared page, and the paths of the pages that it replaces when they have no cached copy. */
  fallback?: { path: string; pages: RegExp }
}

/**
 * The service worker that caches pages: they come from the network, and from the cache only when the network is
 * unavailable, broken or slow. It caches nothing else: no other page, no response of the API.
 */
export function startCaching(rules: WorkerRules): void {
  const worker = globalThis as unknown as Worker
  const cache = createCachedPages(rules)
  const fallback = rules.fallback && createFallback(rules.fallback.path)

  worker.addEventListener('install', (event) =>
    event.waitUntil(Promise.all([worker.skipWaiting(), fallback?.refresh()])),
  )
  worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))

  worker.addEventListener('fetch', (event) => {
    const { request } = event
    const { origin, pathname, search } = new URL(request.url)
    if (request.method !== 'GET' || origin !== location.origin) return
    if (ASSET.test(pathname)) event.respondWith(fromFiles(request))
    else if (request.mode === 'navigate') respondToVisit(event, pathname, search)
  })

  function respondToVisit(event: WorkerFetchEvent, pathname: string, search: string): void {
    const isCached = rules.pages.test(pathname + search)
    if (fallback !== undefined && rules.fallback?.pages.test(pathname) === true)
      event.respondWith(fallback.unless(isCached ? fromNetwork(event) : fetch(event.request), event))
    else if (isCached) event.respondWith(fromNetwork(event))
  }

  worker.addEventListener('message', (event) => {
    const { page, files } = event.data as Partial<ToWorker>
    if (page === undefined || !rules.pages.test(page)) return
    const url = new URL(page, location.origin)
    const done =
      files === undefined
        ? cache.ask(new Request(url, JUST_SEEN)).then(({ heeded }) => heeded)
        : cache.cacheFiles(
            url,
            files.filter((path) => ASSET.test(path)),
          )
    event.waitUntil(done)
  })

  async function fromFiles(request: Request): Promise<Response> {
    return (await caches.match(request)) ?? (await fetch(request))
  }

  async function fromNetwork(event: WorkerFetchEvent): Promise<Response> {
    const asked = cache.ask(event.request)
    // The response updates the cache even when it arrives too late to be shown.
    event.waitUntil(asked.then(({ heeded }) => heeded).catch(() => undefined))
    const copy = await cache.find(new URL(event.request.url)).catch(() => undefined)
    if (copy === undefined) return (await asked).response
    const good = asked.then(({ response }) => (response.status >= 500 ? copy : response)).catch(() => copy)
    return await Promise.race([
      good,
      new Promise<Response>((resolve) => setTimeout(() => resolve(copy), SLOW_MS)),
    ])
  }
}

/** A page that is shown when another is unavailable. */
function createFallback(path: string) {
  const url = new URL(path, location.origin)
  const cache = createCachedPages({
    ...{ cache: FALLBACK_CACHE, pages: /^/, pagesMax: 1 },
    ...{ ageMsMax: Number.POSITIVE_INFINITY, personal: false },
  })

  async function refresh(): Promise<void> {
    const page = await cache.find(url)
    if (page !== undefined && Date.now() - cachedAt(page) < FALLBACK_FRESH_MS) return
    await (await cache.ask(new Request(url))).heeded
  }

  return {
    refresh,
    /** Returns the fallback when the request fails; a successful request is a chance to refresh the fallback. */
    async unless(answer: Promise<Response>, event: WorkerEvent): Promise<Response> {
      try {
        const response = await answer
        event.waitUntil(refresh().catch(() => undefined))
        return response
      } catch (error) {
        const page = await cache.find(url)
        if (page === undefined) throw error
        return page
      }
    },
  }
}
