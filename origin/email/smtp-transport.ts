import { createTransport } from 'nodemailer'
import type { EmailTransport } from './message.ts'

export type SmtpOptions = {
  /** `smtp://user:password@host:port`, or `smtps://…` for TLS from the first byte. */
  url: string
  from: string
  /** How long one step may take: connecting, the greeting, a silence. */
  timeoutMs: number
  /** How long sending one e-mail may take in all. */
  deadlineMs: number
  connectionsMax: number
}

/** Codes of nodemailer for what the server says about one message, and not about us or our sign-in. */
const OF_MESSAGE = ['EENVELOPE', 'EMESSAGE']

/** Hands e-mails to a mail server, over connections that stay open. */
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
    // An e-mail is text of ours; nothing in it may make the origin fetch or read something.
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
 * True for what the server will not take however often it is tried (RFC 5321, section 4.2.1: replies 5yz). A refused
 * sign-in or sender is a mistake in the configuration, after which e-mails are sent once it is corrected.
 */
export function isPermanentFailure(error: unknown): boolean {
  if (!(error instanceof Error) || !('responseCode' in error) || !('code' in error)) return false
  return Number(error.responseCode) >= 500 && OF_MESSAGE.includes(String(error.code))
}

/** A server that trickles its answers holds an e-mail up only so long; what it does afterwards is not awaited. */
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

/** Dots in a row, at the beginning or before the @ take quotes (RFC 5321, section 4.1.2). */
function quoteLocalPart(address: string): string {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  return /^\.|\.\.|\.$/.test(local) ? `"${local}"${address.slice(at)}` : address
}
