import type { ToWorker } from './keeping-worker.ts'

/**
 * Has this page there when it is opened without a network: by a service worker, which keeps the page itself from the next
 * time on and is told of it now. Without a worker the page is there as long as it stays open.
 */
export async function keepPage(worker: string, scope?: string): Promise<void> {
  const { serviceWorker } = navigator
  if (serviceWorker === undefined) return
  const isNew = serviceWorker.controller === null
  try {
    await serviceWorker.register(worker, scope === undefined ? {} : { scope })
    if (isNew) await tellWorker({})
  } catch {
    // Private windows may keep nothing.
  }
}

/** The same for the pages of a sale, once this one is there: in a crowd nothing delays what it shows. */
export function keepFestivals(): void {
  addEventListener('load', () => void keepPage('/festivals-worker.js', '/festivals/'), { once: true })
}

export async function tellWorker(message: Omit<ToWorker, 'page'>): Promise<void> {
  const registration = await navigator.serviceWorker?.ready
  registration?.active?.postMessage({
    page: location.pathname + location.search,
    ...message,
  } satisfies ToWorker)
}
