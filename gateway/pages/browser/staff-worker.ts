/**
 * The service worker of the staff pages: they open without a network, as they were last seen. It keeps the page of each
 * gate and the files that it is made of, and no answer of the API. `routes/staff-pages.ts` puts the files' names before
 * it, so that it is another worker when any of them changes.
 */

type KeepEvent = Event & { waitUntil(until: Promise<unknown>): void }
type AskEvent = KeepEvent & { request: Request; respondWith(answer: Promise<Response>): void }
type TellEvent = KeepEvent & { data: unknown }
type Worker = {
  staffFiles: string[]
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  addEventListener(type: 'install' | 'activate', act: (event: KeepEvent) => void): void
  addEventListener(type: 'fetch', act: (event: AskEvent) => void): void
  addEventListener(type: 'message', act: (event: TellEvent) => void): void
}

const worker = globalThis as unknown as Worker
const PREFIX = 'naru-staff-'
/** Named after the files, whose names change with their content: pages never outlive the files they name. */
const FILES = `${PREFIX}files-${worker.staffFiles.join()}`
const PAGES = `${PREFIX}pages-${worker.staffFiles.join()}`
const SLOW_MS = 4000
const PAGE = /^\/staff\/[a-z0-9-]+$/
const ASSET = /^\/assets\/[\w.-]+$/

worker.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(FILES)
      .then((cache) => cache.addAll(worker.staffFiles))
      .then(() => worker.skipWaiting()),
  )
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()))
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (ASSET.test(url.pathname)) event.respondWith(fromFiles(request))
  else if (request.mode === 'navigate' && PAGE.test(url.pathname)) event.respondWith(fromNetwork(event, url))
})

/** What is to be there without a network from now on: a page that was opened, and what it has loaded besides. */
worker.addEventListener('message', (event) => {
  const { page, files } = event.data as { page?: unknown; files?: unknown }
  if (typeof page === 'string') event.waitUntil(askForPage(new Request(page), new URL(page, location.origin)))
  if (!Array.isArray(files)) return
  const paths = files.filter((path): path is string => typeof path === 'string' && ASSET.test(path))
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(paths)))
})

async function fromFiles(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? (await fetch(request))
}

/** From the network; as it was last seen when that is away, slow or broken. */
async function fromNetwork(event: AskEvent, url: URL): Promise<Response> {
  const kept = await caches.open(PAGES).then((cache) => cache.match(url.pathname))
  const asked = askForPage(event.request, url)
  if (kept === undefined) return await asked
  const good = asked.then((response) => (response.status >= 500 ? kept : response)).catch(() => kept)
  event.waitUntil(good)
  return await Promise.race([
    good,
    new Promise<Response>((resolve) => setTimeout(() => resolve(kept), SLOW_MS)),
  ])
}

/** Keeps a page as it comes, whatever the gate in its query; what leads elsewhere (signed out) is none. */
async function askForPage(request: Request, { pathname }: URL): Promise<Response> {
  const response = await fetch(request)
  if (response.status === 200 && !response.redirected && PAGE.test(pathname)) {
    const cache = await caches.open(PAGES)
    await cache.put(pathname, response.clone())
  }
  return response
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== FILES && name !== PAGES)
  await Promise.all(old.map((name) => caches.delete(name)))
}
