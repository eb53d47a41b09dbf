import type { Clock } from '../../shared/clock.ts'
import type { Logger } from '../../shared/log.ts'
import { createFolderCarrier, type FolderCarrier } from './folder-carrier.ts'
import type { MailConfig } from './mail-config.ts'
import { createOutbox, type LetterOutcome, type Outbox } from './outbox.ts'
import { createSmtpCarrier, isRefusedForGood } from './smtp-carrier.ts'

export type Mail = {
  /** Missing where no letters leave. */
  outbox?: Outbox
  /** The letters in the development folder; missing where letters are sent, for those are nobody's to read. */
  readKept?: FolderCarrier['read']
}

export type MailOptions = {
  mail: MailConfig
  mailTimeoutMs: number
  lettersAtOnceMax: number
  lettersWaitingMax: number
  letterAttemptsMax: number
  letterRetryMs: number
  lettersKeptMax: number
}

/** Opens the way letters leave by, as the configuration says. */
export function openMail(
  config: MailOptions,
  deps: { now: Clock; log: Logger; onOutcome: (outcome: LetterOutcome) => void },
): Mail {
  const { mail } = config
  const limits = {
    ...deps,
    isRefusedForGood,
    atOnceMax: config.lettersAtOnceMax,
    waitingMax: config.lettersWaitingMax,
    attemptsMax: config.letterAttemptsMax,
    retryMs: config.letterRetryMs,
  }
  switch (mail.way) {
    case 'smtp': {
      const { mailTimeoutMs: timeoutMs, lettersAtOnceMax: connectionsMax } = config
      return {
        outbox: createOutbox({
          ...limits,
          carrier: createSmtpCarrier({ ...mail, timeoutMs, connectionsMax }),
        }),
      }
    }
    case 'folder': {
      const folder = createFolderCarrier({ ...mail, keptMax: config.lettersKeptMax, now: deps.now })
      return { outbox: createOutbox({ ...limits, carrier: folder }), readKept: folder.read }
    }
    case 'none':
      deps.log.warn('neither MAIL_URL nor MAIL_FOLDER is set: no letters leave, no password can be reset')
      return {}
  }
}
