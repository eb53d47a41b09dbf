import type { EmailLanguage } from '../../shared/api/fields.ts'

export type EmailAttachment = { filename: string; contentType: string; content: Buffer }

/** An e-mail to one person, in plain text. */
export type EmailMessage = {
  to: string
  subject: string
  text: string
  attachments?: readonly EmailAttachment[]
}

/** Sends e-mails. */
export type EmailTransport = {
  /**
   * Throws when sending failed.
   *
   * @param id - of the message: the same for every attempt, so that mail servers can detect duplicates
   */
  send(message: EmailMessage, id: string): Promise<void>
  close(): void
}

export type EmailWords = { subject: string; text: string }

/** Text in a reader's language; in both, Korean first, where it is unknown. */
export function inLanguage(
  words: Record<EmailLanguage, EmailWords>,
  language: EmailLanguage | undefined,
): EmailWords {
  if (language !== undefined) return words[language]
  const { ko, en } = words
  return { subject: `${ko.subject} / ${en.subject}`, text: `${ko.text}\n\n--\n\n${en.text}` }
}
