import { mailboxKey } from '../../shared/mailbox.ts'
import { mailboxDigest } from '../email/mailbox-digest.ts'
import type { NewEmail } from '../email/queue-emails.ts'
import type { AccountRow } from './account.ts'
import { type EmailSecrets, isSameCode } from './email-secrets.ts'

/** How often a mailbox is sent such a link: to the normal form of its address, and to all other spellings together. */
const SLOT_MS = 600_000
/** How long a link is valid, plus at most a slot. */
export const ADDRESS_LINK_SECONDS = 3600
const SLOTS_LIVE = (ADDRESS_LINK_SECONDS * 1000) / SLOT_MS + 1

/**
 * One e-mail for all accounts of an address, when more were created than e-mails are sent: its link confirms the
 * account that is signed in where it is opened. So repeated sign-ups with another person's address neither fill the
 * mailbox nor deprive its owner of a link; an e-mail sent some minutes before their request is equally valid.
 */
export function addressLinkEmail({ id, email }: AccountRow, nowMs: number): NewEmail {
  const slot = Math.floor(nowMs / SLOT_MS)
  const spelling = email === mailboxKey(email) ? 'normal' : 'other'
  const key = `confirm-address:${mailboxDigest(email)}:${spelling}:${slot}`
  return { template: 'confirm-address', params: { slot }, key, account: id }
}

/** For exactly the address that it is sent to: at some providers, another spelling may belong to another person. */
export function addressToken(secrets: EmailSecrets, email: string, slot: number): string {
  return secrets.token('confirm-address', `${email} ${slot}`)
}

export function isAddressToken(
  secrets: EmailSecrets,
  { email, token, nowMs }: { email: string; token: string; nowMs: number },
): boolean {
  const newest = Math.floor(nowMs / SLOT_MS)
  const live = Array.from({ length: SLOTS_LIVE }, (_, age) => addressToken(secrets, email, newest - age))
  return live.some((each) => isSameCode(token, each))
}
