import { startCaching } from '../../layout/browser/lib/caching-worker.ts'

/** The service worker of the staff pages: each gate opens without a network. These pages contain no personal data. */
startCaching({
  cache: 'naru-staff',
  pages: /^\/staff\/[a-z0-9-]+(\?|$)/,
  pagesMax: 20,
  ageMsMax: 30 * 86_400_000,
  personal: false,
})
