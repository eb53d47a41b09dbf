import { createTransport } from 'nodemailer'
import type { EmailTransport } from './message.ts'

export type SmtpOptions = {
  /** `smtp://user:password@host:port`, or `smtps://…` for TLS from the first byte. */
  url: string
  from: string
  /** How long one step may take: connecting, the greeting, a silence. */
  timeoutMs: number
  /** How long sending one e-mail may take in total. */
  deadlineMs: number
  connectionsMax: number
}

/** Codes of nodemailer for replies about one message, and not about our connection or sign-in. */
const OF_MESSAGE = ['EENVELOPE', 'EMESSAGE']

/** Sends e-mails to a mail server, over persistent connections. */
export function createSmtpTransport({
  url,
  from,
  timeoutMs,
  deadlineMs,
  connectionsMax,
}: SmtpOptions): EmailTransport {
  const transport = createTransport({
    pool: true,
    url,
    maxConnections: connectionsMax,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // The content of an e-mail must not make the origin fetch or read anything.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = from
    .slice(from.lastIndexOf('@') + 1)
    .replaceAll('>', '')
    .trim()
  return {
    async send({ to, subject, text, attachments = [] }, id) {
      const address = quoteLocalPart(to)
      const sent = transport.sendMail({
        ...{ from, to: address, subject, text, messageId: `<${id}@${domain}>` },
        envelope: { from, to: address },
        attachments: [...attachments],
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
      await withinDeadline(sent, deadlineMs)
    },
    close: () => transport.close(),
  }
}

/**
 * True for permanent rejections (RFC 5321, section 4.2.1: replies 5yz). A rejected sign-in or sender is a configuration
 * error, after which e-mails are sent once it is corrected.
 */
export function isPermanentFailure(error: unknown): boolean {
  if (!(error instanceof Error) || !('responseCode' in error) || !('code' in error)) return false
  return Number(error.responseCode) >= 500 && OF_MESSAGE.includes(String(error.code))
}

/** A slow server delays an e-mail only for a limited time; its later result is ignored. */
async function withinDeadline(sent: Promise<unknown>, deadlineMs: number): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new SendDeadline('sending took too long')), deadlineMs)
  try {
    await Promise.race([sent, late.promise])
  } finally {
    clearTimeout(timer)
    sent.catch(() => {})
  }
}

class SendDeadline extends Error {
  override readonly name = 'SendDeadline'
}

/** Consecutive dots, or dots at the beginning or before the @, require quotes (RFC 5321, section 4.1.2). */
function quoteLocalPart(address: string): string {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  return /^\.|\.\.|\.$/.test(local) ? `"${local}"${address.slice(at)}` : address
}
