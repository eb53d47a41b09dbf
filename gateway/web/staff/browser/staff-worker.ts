import { startKeeping } from '../../layout/browser/lib/keeping-worker.ts'

/** The service worker of the staff pages: each gate opens without a network. These pages contain no personal data. */
startKeeping({
  kept: 'naru-staff',
  pages: /^\/staff\/[a-z0-9-]+(\?|$)/,
  pagesMax: 20,
  ageMsMax: 30 * 86_400_000,
  personal: false,
})
