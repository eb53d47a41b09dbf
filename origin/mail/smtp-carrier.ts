import { createTransport } from 'nodemailer'
import type { Carrier } from './letter.ts'

export type SmtpOptions = {
  /** `smtp://user:password@host:port`, or `smtps://…` for TLS from the first byte. */
  url: string
  from: string
  timeoutMs: number
  connectionsMax: number
}

/** Gives letters to a mail server, over connections that are kept. */
export function createSmtpCarrier({ url, from, timeoutMs, connectionsMax }: SmtpOptions): Carrier {
  const transport = createTransport({
    pool: true,
    url,
    maxConnections: connectionsMax,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // A letter is text of ours; nothing in it may make the origin fetch or read something.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async carry(letter) {
      await transport.sendMail({ ...letter, from, headers: { 'Auto-Submitted': 'auto-generated' } })
    },
    close: () => transport.close(),
  }
}

/** True for what the server will not take however often it is tried (RFC 5321, section 4.2.1: replies 5yz). */
export function isRefusedForGood(error: unknown): boolean {
  return error instanceof Error && 'responseCode' in error && Number(error.responseCode) >= 500
}
