import { startCaching } from '../../layout/browser/lib/caching-worker.ts'
import { TICKETS_CACHE } from '../../layout/browser/lib/forget-pages.ts'

/**
 * The service worker of a fan's own pages: tickets open without a network at the gate. The server sends `no-store` with
 * these pages for all HTTP caches; only this worker stores them, on the fan's device, until the fan signs out.
 */
startCaching({
  cache: TICKETS_CACHE,
  // Without a query, so that one-time flash messages are not shown again.
  pages: /^\/(me|orders\/[\w-]+)$/,
  pagesMax: 20,
  ageMsMax: 30 * 86_400_000,
  personal: true,
})
