import type { Database } from '../../drizzle/database.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { takenLetterKey } from '../../shared/redis/keys.ts'
import {
  changedLetter,
  confirmLetter,
  type LetterLanguage,
  resetLetter,
  takenLetter,
} from '../mail/account-letters.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { Account } from './account.ts'
import { beginReset } from './begin-reset.ts'
import { beginConfirmation, CONFIRMATION_SECONDS } from './confirm-email.ts'
import type { EmailSecrets } from './email-secrets.ts'

/** The letters that accounts get. Everything about them happens behind the answer to whoever caused them. */
export type AccountLetters = {
  /** Answers the same, and in the same time, whether or not the address has an account. */
  reset(email: string, language: LetterLanguage): 'taken' | 'full' | 'no-mail'
  taken(owner: Account, language: LetterLanguage): void
  /** With the link and the code that confirm an account's address. */
  confirm(account: string, language: LetterLanguage): 'taken' | 'full' | 'no-mail'
  changed(owner: Account, language: LetterLanguage): void
}

/** An owner hears of tries to make another account once in a while, not of each. */
const TAKEN_LETTER_SECONDS = 3600

export function createAccountLetters(deps: {
  db: Database
  redis: Redis
  now: Clock
  secrets: EmailSecrets
  /** Missing where no letters leave. */
  outbox?: Pick<Outbox, 'post'>
  /** Where people reach the gateway, without a slash at the end. */
  publicUrl: string
  resetSeconds: number
}): AccountLetters {
  const { redis, outbox, publicUrl, resetSeconds: seconds } = deps
  const signInUrl = `${publicUrl}/sign-in`
  const forgotUrl = `${publicUrl}/forgot-password`

  return {
    reset(email, language) {
      if (outbox === undefined) return 'no-mail'
      const posted = outbox.post(async () => {
        const begun = await beginReset({ ...deps, seconds }, email)
        if (begun.status === 'unknown') return undefined
        const link = `${publicUrl}/new-password?token=${begun.token}`
        return resetLetter(begun.account.email, language, { link, seconds })
      })
      return posted ? 'taken' : 'full'
    },
    taken(owner, language) {
      outbox?.post(async () => {
        const first = await redis.set(takenLetterKey(owner.id), 1, 'EX', TAKEN_LETTER_SECONDS, 'NX')
        return first === null ? undefined : takenLetter(owner.email, language, { signInUrl, forgotUrl })
      })
    },
    confirm(account, language) {
      if (outbox === undefined) return 'no-mail'
      const posted = outbox.post(async () => {
        const begun = await beginConfirmation(deps, account)
        if (begun.status !== 'begun') return undefined
        const link = `${publicUrl}/confirm-email?token=${begun.token}`
        return confirmLetter(begun.email, language, { link, code: begun.code, seconds: CONFIRMATION_SECONDS })
      })
      return posted ? 'taken' : 'full'
    },
    changed(owner, language) {
      outbox?.post(async () => changedLetter(owner.email, language, { forgotUrl }))
    },
  }
}
