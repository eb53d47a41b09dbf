import type { Role } from '../../shared/tokens/kinds.ts'

export type Account = { id: string; email: string; name: string; roles: Role[] }

/** Addresses are compared in lower case and without surrounding space. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase()
}
