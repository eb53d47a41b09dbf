import type { Database } from '../../drizzle/database.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { type Metrics, outcomeCounter } from '../../shared/runtime/metrics.ts'
import type { AccountMail } from '../accounts/account-emails.ts'
import type { EmailSecrets } from '../accounts/email-secrets.ts'
import { createEmailBacklog } from '../email/email-backlog.ts'
import type { EmailConfig } from '../email/email-config.ts'
import { measureEmails } from '../email/email-metrics.ts'
import { startEmailWorker } from '../email/email-worker.ts'
import type { FolderEmail } from '../email/folder-transport.ts'
import { openTransport } from '../email/open-transport.ts'
import { queueEmails } from '../email/queue-emails.ts'
import type { SignTicket } from '../tickets/ticket-text.ts'
import { createTicketPrinter } from './ticket-printer.ts'
import { createEmailWriter } from './write-email.ts'

export type Email = {
  /** The part that the HTTP API uses. */
  app: { mail?: AccountMail; readFolder?: (() => Promise<FolderEmail[]>) | undefined }
  stop(): Promise<void>
}

/** Starts sending e-mails as configured; without a transport, none are written either. */
export function startEmail(deps: {
  config: { email: EmailConfig; publicUrl: string }
  db: Database
  now: Clock
  log: Logger
  metrics: Metrics
  secrets: EmailSecrets
  signTicket: SignTicket
  /** How near the origin is to its limits: 1 at one of them. */
  pressure: () => number
}): Email {
  const { config, db, now, log, metrics, secrets, signTicket, pressure } = deps
  const opened = openTransport(config.email, { now })
  if (opened === undefined) {
    log.warn('neither EMAIL_URL nor EMAIL_FOLDER is set: no e-mails are sent, and no password can be reset')
    return { app: {}, stop: async () => {} }
  }
  const printer = createTicketPrinter()
  const worker = startEmailWorker({
    ...{ db, now, log, pressure, ...opened },
    write: createEmailWriter({
      publicUrl: config.publicUrl,
      db,
      now,
      secrets,
      signTicket,
      printTickets: printer.print,
    }),
    onOutcome: outcomeCounter(metrics, 'naru_email_attempts_total', 'Attempts to send an e-mail, by outcome'),
  })
  measureEmails(metrics, { db, now })
  return {
    app: {
      mail: { queue: queueEmails, secrets, isFull: createEmailBacklog({ db, now }) },
      readFolder: opened.readFolder,
    },
    async stop() {
      await worker.stop()
      printer.close()
    },
  }
}
