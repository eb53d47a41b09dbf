import { forgetPages, TICKETS_KEPT } from './lib/forget-pages.ts'
import { changeSessionMark } from './lib/session-mark.ts'
import { openNameStore } from './lib/ticket-names.ts'

/**
 * Where sessions end and begin: what was kept for whoever was signed in is forgotten, before somebody else is. Clearing by
 * `Clear-Site-Data` would take along what staff have not sent yet, and what fans check the draw with.
 */
if ('caches' in globalThis) void forgetPages(TICKETS_KEPT)
if ('indexedDB' in globalThis) void openNameStore().forget()
changeSessionMark()
