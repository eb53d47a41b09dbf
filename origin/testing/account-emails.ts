import { randomUUID } from 'node:crypto'
import type { Database } from '../../drizzle/database.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import type { AccountMail } from '../accounts/account-emails.ts'
import type { EmailSecrets } from '../accounts/email-secrets.ts'
import { sendDueEmails } from '../email/email-worker.ts'
import type { EmailMessage } from '../email/message.ts'
import { queueEmails } from '../email/queue-emails.ts'
import { createEmailWriter } from '../notifications/write-email.ts'

export const newFan = () => ({ email: `${randomUUID()}@naru.test`, password: 'a long password', name: 'Fan' })

/** E-mails in MySQL that a test sends when it wants to read them. */
export function createTestMail(
  db: () => Database,
  secrets: EmailSecrets,
): { mail: AccountMail; sent: EmailMessage[]; deliver: () => Promise<void> } {
  const sent: EmailMessage[] = []
  return {
    mail: { queue: queueEmails, secrets, isFull: async () => false },
    sent,
    async deliver() {
      await sendDueEmails({
        db: db(),
        now: Date.now,
        log: createLogger('test', 'silent'),
        transport: { send: async (message) => void sent.push(message), close: () => {} },
        write: createEmailWriter({
          ...{ db: db(), now: Date.now, secrets, signTicket: () => ({ qr: '', typed: '' }) },
          ...{ publicUrl: 'http://naru.test', resetSeconds: 600 },
        }),
        isPermanentFailure: () => false,
        pressure: () => 0,
        onOutcome: () => {},
      })
    },
  }
}
