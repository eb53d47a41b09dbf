import type { accounts } from '../../drizzle/schema/accounts.ts'
import type { PersonProof, Role } from '../../shared/tokens/kinds.ts'
import { proofOf } from './person-proof.ts'

export type Account = {
  id: string
  email: string
  name: string
  roles: Role[]
  /** How the person was proven; missing until that was done. */
  proof?: PersonProof
}

export type AccountRow = typeof accounts.$inferSelect

export function toAccount(row: AccountRow): Account {
  const { id, email, name, roles } = row
  const proof = proofOf(row)
  return { id, email, name, roles: roles as Role[], ...(proof === undefined ? {} : { proof }) }
}
