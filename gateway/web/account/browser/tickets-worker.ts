import { TICKETS_KEPT } from '../../layout/browser/lib/forget-pages.ts'
import { startKeeping } from '../../layout/browser/lib/keeping-worker.ts'

/**
 * The service worker of a fan's own pages: their tickets open without a network, at a gate that has none. The server says
 * `no-store` of these pages, and means every cache between it and the fan, and the browser's own: here alone they are kept,
 * on the fan's device, until the fan signs out.
 */
startKeeping({
  kept: TICKETS_KEPT,
  // Without a query: what was said once, of something that did not work, is not said again.
  pages: /^\/(me|orders\/[\w-]+)$/,
  pagesMax: 20,
  ageMsMax: 30 * 86_400_000,
  personal: true,
})
