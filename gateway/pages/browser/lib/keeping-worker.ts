import { createKeptPages, type KeepingRules } from './kept-pages.ts'

type KeepEvent = Event & { waitUntil(until: Promise<unknown>): void }
type AskEvent = KeepEvent & { request: Request; respondWith(answer: Promise<Response>): void }
type TellEvent = KeepEvent & { data: unknown }
type Worker = {
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  addEventListener(type: 'install' | 'activate', act: (event: KeepEvent) => void): void
  addEventListener(type: 'fetch', act: (event: AskEvent) => void): void
  addEventListener(type: 'message', act: (event: TellEvent) => void): void
}

/** What a page tells its worker: that it is to be kept, or which files are to be kept with it. */
export type ToWorker = { page: string; files?: string[] }

const ASSET = /^\/assets\/[\w.-]+$/
const SLOW_MS = 4000

/**
 * What a service worker does that keeps pages: they come from the network, and as they were last seen only where that is
 * away, slow or broken. It keeps nothing else: no other page, no answer of the API.
 */
export function startKeeping(rules: KeepingRules): void {
  const worker = globalThis as unknown as Worker
  const kept = createKeptPages(rules)

  worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()))
  worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))

  worker.addEventListener('fetch', (event) => {
    const { request } = event
    const { origin, pathname, search } = new URL(request.url)
    if (request.method !== 'GET' || origin !== location.origin) return
    if (ASSET.test(pathname)) event.respondWith(fromFiles(request))
    else if (request.mode === 'navigate' && rules.pages.test(pathname + search)) {
      event.respondWith(fromNetwork(event))
    }
  })

  worker.addEventListener('message', (event) => {
    const { page, files } = event.data as Partial<ToWorker>
    if (page === undefined || !rules.pages.test(page)) return
    const url = new URL(page, location.origin)
    const done =
      files === undefined
        ? kept.ask(new Request(url)).then(({ heeded }) => heeded)
        : kept.keepFiles(
            url,
            files.filter((path) => ASSET.test(path)),
          )
    event.waitUntil(done)
  })

  async function fromFiles(request: Request): Promise<Response> {
    return (await caches.match(request)) ?? (await fetch(request))
  }

  async function fromNetwork(event: AskEvent): Promise<Response> {
    const asked = kept.ask(event.request)
    // The answer is heeded even when it comes too late to be shown.
    event.waitUntil(asked.then(({ heeded }) => heeded).catch(() => undefined))
    const copy = await kept.find(new URL(event.request.url)).catch(() => undefined)
    if (copy === undefined) return (await asked).response
    const good = asked.then(({ response }) => (response.status >= 500 ? copy : response)).catch(() => copy)
    return await Promise.race([
      good,
      new Promise<Response>((resolve) => setTimeout(() => resolve(copy), SLOW_MS)),
    ])
  }
}
