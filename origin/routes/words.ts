import { z } from '@hono/zod-openapi'

/** What nobody sees and yet has an effect: control characters, line ends, and those that turn the direction of text. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
const SEEN = /[^\p{C}\p{Z}]/u

/** Words on one line that can be read, such as a name: without spaces around them. */
export const words = (charactersMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .refine((value) => !UNSEEN.test(value), 'without control characters')
    .refine((value) => SEEN.test(value), 'something that can be read')
