import { Problem } from '../../../shared/api/problem.ts'

const FULL_RETRY_SECONDS = 30

/** Why a requested e-mail is not sent: the queue is full, or this site sends none. */
export function emailRefused(status: 'full' | 'off'): Problem {
  if (status === 'off') return new Problem('unavailable', 'This site sends no e-mails')
  return new Problem('busy', 'Many e-mails are waiting', { retryAfterSeconds: FULL_RETRY_SECONDS })
}
