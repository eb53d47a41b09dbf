import { FESTIVALS_KEPT, forgetPages, TICKETS_KEPT } from '../../layout/browser/lib/forget-pages.ts'
import { forgetSeen } from '../../layout/browser/lib/last-seen.ts'
import { openNameStore } from '../../staff/browser/lib/ticket-names.ts'
import { changeSessionMark } from './lib/session-mark.ts'

/**
 * Where sessions end and begin: what was kept for whoever was signed in is forgotten, before somebody else is. Clearing by
 * `Clear-Site-Data` would take along what staff have not sent yet, and what fans check the draw with.
 */
if ('caches' in globalThis) for (const kept of [TICKETS_KEPT, FESTIVALS_KEPT]) void forgetPages(kept)
forgetSeen()
if ('indexedDB' in globalThis) void openNameStore().forget()
changeSessionMark()
