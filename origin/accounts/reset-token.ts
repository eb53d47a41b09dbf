import { createHash, randomBytes } from 'node:crypto'

const TOKEN_BYTES = 32
/** How long a token is as text. */
export const RESET_TOKEN_LENGTH = Math.ceil((TOKEN_BYTES * 4) / 3)

/** What a letter carries, in base64url: too long to be guessed. */
export function makeResetToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** As it is kept: whoever reads the table can reset nothing with it. */
export function hashResetToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
