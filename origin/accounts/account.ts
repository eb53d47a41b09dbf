import type { accounts } from '../../drizzle/schema/accounts.ts'
import type { Role } from '../../shared/tokens/kinds.ts'

export type Account = { id: string; email: string; name: string; roles: Role[] }

export type AccountRow = typeof accounts.$inferSelect

/** Addresses are compared in lower case and without surrounding space. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase()
}

export function toAccount({ id, email, name, roles }: AccountRow): Account {
  return { id, email, name, roles: roles as Role[] }
}
