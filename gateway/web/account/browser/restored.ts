import { readSessionMark } from './lib/session-mark.ts'

/**
 * Reloads a personal page that the browser restored from its back/forward cache if the session has changed meanwhile.
 * WebKit caches such pages despite `no-store`. Otherwise form input is preserved.
 */
const mark = readSessionMark()

addEventListener('pageshow', ({ persisted }) => {
  const now = readSessionMark()
  if (persisted && (now === undefined || now !== mark)) location.reload()
})
