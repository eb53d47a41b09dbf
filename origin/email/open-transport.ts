import type { Clock } from '../../shared/runtime/clock.ts'
import type { EmailConfig } from './email-config.ts'
import { EMAIL_CONCURRENCY } from './email-worker.ts'
import { createFolderTransport, type FolderTransport } from './folder-transport.ts'
import type { EmailTransport } from './message.ts'
import { createSmtpTransport, isPermanentFailure } from './smtp-transport.ts'

/** How long one step of sending (connecting, greeting, a silence) may take. */
const SMTP_TIMEOUT_MS = 10_000
/** How long sending one e-mail may take in total: less than the lease in `email-worker.ts`. */
const SMTP_DEADLINE_MS = 120_000
/** The maximum number of e-mails in the development folder. */
const FOLDER_EMAILS_MAX = 200

export type OpenedTransport = {
  transport: EmailTransport
  isPermanentFailure: (error: unknown) => boolean
  /** The e-mails in the development folder; missing where they are sent, since those are private. */
  readFolder?: FolderTransport['read']
}

/** Opens the configured e-mail transport; undefined where none is configured. */
export function openTransport(config: EmailConfig, { now }: { now: Clock }): OpenedTransport | undefined {
  switch (config.way) {
    case 'smtp': {
      const options = {
        ...config,
        ...{ timeoutMs: SMTP_TIMEOUT_MS, deadlineMs: SMTP_DEADLINE_MS, connectionsMax: EMAIL_CONCURRENCY },
      }
      return { transport: createSmtpTransport(options), isPermanentFailure }
    }
    case 'folder': {
      const folder = createFolderTransport({ ...config, emailsMax: FOLDER_EMAILS_MAX, now })
      return { transport: folder, isPermanentFailure, readFolder: folder.read }
    }
    case 'none':
      return undefined
  }
}
