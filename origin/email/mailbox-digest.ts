import { createHash } from 'node:crypto'
import { mailboxKey } from '../../shared/mailbox.ts'

/** The key for limits per mailbox: the same for all spellings of an address, and of a fixed length. */
export function mailboxDigest(address: string): string {
  return createHash('sha256').update(mailboxKey(address)).digest('base64url')
}
