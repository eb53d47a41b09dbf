import { z } from '@hono/zod-openapi'

export const EMAIL_LANGUAGES = ['ko', 'en'] as const
export type EmailLanguage = (typeof EMAIL_LANGUAGES)[number]

/** Invisible characters with an effect: control characters, line ends, and those that change the direction of text. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
const SEEN = /[^\p{C}\p{Z}]/u

/** Readable text on one line, such as a name: without surrounding spaces. */
export const singleLineText = (charactersMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .refine((value) => !UNSEEN.test(value), 'without control characters')
    .refine((value) => SEEN.test(value), 'something that can be read')
export const intBetween = ({ min, max }: { min: number; max: number }) => z.int().min(min).max(max)

/** MySQL's DATETIME goes to the end of the year 9999, in UTC. */
export const InstantSchema = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) < Date.UTC(10_000, 0), 'not in 1970 to 9999')
  .transform((text) => new Date(text))
  .openapi({
    type: 'string',
    format: 'date-time',
    description: 'With Z or an offset; kept to the millisecond',
  })

export const OrderNumberSchema = z.string().openapi({
  description: 'What people call the order by; it gives no right',
  example: 'K7MP-3XQ2',
})

/** For callers that override `Accept-Language`: a page whose reader has chosen a language. */
export const LanguageSchema = z
  .enum(EMAIL_LANGUAGES)
  .optional()
  .openapi({ description: 'Of what is written; otherwise as Accept-Language says' })

/** The header of a route that creates something; the key is optional. */
export const IdempotencyKeyHeader = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .openapi({
      description:
        'A string of 1 to 255 ASCII characters, such as a UUID. For a day, repeating the request with its key creates nothing ' +
        'more and answers with what it has created, as that is now',
    }),
})

/** The header of a route that changes a festival or its room. */
export const IfMatchHeader = z.object({
  'if-match': z.string().optional().openapi({
    description:
      'The entity tag of the version that is to be changed: when it has changed since, the answer is 412 and nothing changes',
  }),
})
