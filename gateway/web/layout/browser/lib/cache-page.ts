import type { ToWorker } from './caching-worker.ts'

/**
 * Makes this page available without a network, by a service worker that is notified now and caches the page itself from
 * the next visit on. Without a worker the page is available only while it is open.
 */
export async function cachePage(worker: string, scope?: string): Promise<void> {
  const { serviceWorker } = navigator
  if (serviceWorker === undefined) return
  const isNew = serviceWorker.controller === null
  try {
    await serviceWorker.register(worker, scope === undefined ? {} : { scope })
    if (isNew) await sendToWorker({})
  } catch {
    // Private windows may have no storage.
  }
}

/** The same for the pages of a sale, after this one has loaded: under load nothing delays what it shows. */
export function cacheFestivals(): void {
  addEventListener('load', () => void cachePage('/festivals-worker.js', '/festivals/'), { once: true })
}

export async function sendToWorker(message: Omit<ToWorker, 'page'>): Promise<void> {
  const registration = await navigator.serviceWorker?.ready
  registration?.active?.postMessage({
    page: location.pathname + location.search,
    ...message,
  } satisfies ToWorker)
}
