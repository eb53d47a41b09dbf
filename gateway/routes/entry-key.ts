import { z } from '@hono/zod-openapi'

export const EntryKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/)
  .openapi({ description: '16 random bytes in base64url, chosen by the client; a retry sends the same' })
