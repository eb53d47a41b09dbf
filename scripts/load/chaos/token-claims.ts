import { z } from 'zod'

const ClaimsSchema = z.object({
  sub: z.string().optional(),
  jti: z.string().optional(),
  index: z.int().optional(),
})

export type SeenClaims = z.output<typeof ClaimsSchema>

/** A token's claims, readable without a key; it is not verified here, since the services do that. */
export function claimsOf(token: string | undefined): SeenClaims | undefined {
  const payload = token?.split('.')[1]
  if (payload === undefined) return undefined
  try {
    return ClaimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  } catch {
    return undefined
  }
}
