import type { accounts } from '../../drizzle/schema/accounts.ts'
import type { PersonProof } from '../../shared/tokens/kinds.ts'
import { mailGroup } from './email-address.ts'

type ProvableRow = Pick<typeof accounts.$inferSelect, 'email' | 'emailProvenAt'>

/**
 * A method by which an account can be proven as a separate person. A stronger one (phone, OpenID Connect) is a further
 * entry of `METHODS` and of `PERSON_PROOF`, with what it stores: the subject it proven, unique over all accounts as
 * `email_key` is, and when.
 */
type ProofMethod = (row: ProvableRow) => PersonProof | undefined

/** The strongest first. */
const METHODS: readonly ProofMethod[] = [byEmail]

/** How an account's person was proven; undefined without proof. Sessions contain it. */
export function proofOf(row: ProvableRow): PersonProof | undefined {
  for (const method of METHODS) {
    const proof = method(row)
    if (proof !== undefined) return proof
  }
  return undefined
}

function byEmail({ email, emailProvenAt }: ProvableRow): PersonProof | undefined {
  return emailProvenAt === null ? undefined : { method: 'email', group: mailGroup(email) }
}
