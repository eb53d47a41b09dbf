import { createHash } from 'node:crypto'
import { mailboxKey } from '../../shared/mailbox.ts'

/** What limits for a mailbox are counted under: the same for all spellings of an address, and at a fixed length. */
export function mailboxDigest(address: string): string {
  return createHash('sha256').update(mailboxKey(address)).digest('base64url')
}
