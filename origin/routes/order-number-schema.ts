import { z } from '@hono/zod-openapi'

export const OrderNumberSchema = z.string().openapi({
  description: 'What people call the order by; it gives no right',
  example: 'K7MP-3XQ2',
})
