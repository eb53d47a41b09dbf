import type { PersonProof } from '../../shared/tokens/kinds.ts'
import type { AccountRow } from './account.ts'
import { mailGroup } from './email-address.ts'

/**
 * A method by which an account can be proven as a separate person. A stronger one (phone, OpenID Connect) is a further
 * entry of `METHODS` and of `PERSON_PROOF`, with what it stores: the subject it proven, unique over all accounts as
 * `email_key` is, and when.
 */
type ProofMethod = (row: AccountRow) => PersonProof | undefined

/** The strongest first. */
const METHODS: readonly ProofMethod[] = [byEmail]

/** How an account's person was proven; undefined without proof. Sessions contain it. */
export function proofOf(row: AccountRow): PersonProof | undefined {
  for (const method of METHODS) {
    const proof = method(row)
    if (proof !== undefined) return proof
  }
  return undefined
}

function byEmail({ email, emailProvenAt }: AccountRow): PersonProof | undefined {
  return emailProvenAt === null ? undefined : { method: 'email', group: mailGroup(email) }
}
