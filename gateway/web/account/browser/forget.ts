import { FESTIVALS_CACHE, forgetPages, TICKETS_CACHE } from '../../layout/browser/lib/forget-pages.ts'
import { forgetSeen } from '../../layout/browser/lib/last-seen.ts'
import { openNameStore } from '../../staff/browser/lib/ticket-names.ts'
import { changeSessionMark } from './lib/session-mark.ts'

/**
 * Runs where sessions end and begin: clears what was cached for the previous user. `Clear-Site-Data` would also delete
 * the scans that staff have not sent yet, and what fans verify the draw with.
 */
if ('caches' in globalThis) for (const cache of [TICKETS_CACHE, FESTIVALS_CACHE]) void forgetPages(cache)
forgetSeen()
if ('indexedDB' in globalThis) void openNameStore().forget()
changeSessionMark()
