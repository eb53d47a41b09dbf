import { readSessionMark } from './lib/session-mark.ts'

/**
 * Asks for a page of somebody's again when it comes Back as it was left and somebody has signed out or in meanwhile.
 * WebKit keeps such pages whatever `no-store` says. What was typed into a form stays where nobody did.
 */
const mark = readSessionMark()

addEventListener('pageshow', ({ persisted }) => {
  const now = readSessionMark()
  if (persisted && (now === undefined || now !== mark)) location.reload()
})
