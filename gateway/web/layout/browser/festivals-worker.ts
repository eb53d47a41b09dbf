import { startCaching } from './lib/caching-worker.ts'
import { FESTIVALS_CACHE } from './lib/forget-pages.ts'

/**
 * The service worker of a sale's pages: without a network a festival's page opens as it was last cached, marked as a
 * copy. The pages of the queue and of the basket are valid at one moment only and never shown from a cache: an offline
 * page replaces them, which explains what is safe and what to do.
 */
startCaching({
  cache: FESTIVALS_CACHE,
  pages: /^\/festivals\/[a-z0-9-]+(\?|$)/,
  pagesMax: 20,
  ageMsMax: 7 * 86_400_000,
  personal: false,
  fallback: { path: '/offline', pages: /^\/festivals\// },
})
