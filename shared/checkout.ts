import { z } from 'zod'

const HOST_SOURCE = /^https?:\/\/(\*\.)?[a-z0-9.-]{1,253}(:\d{1,5})?$/
const SOURCES_MAX = 20

/** Origins of a Content-Security-Policy, such as `https://js.example.com` or `https://*.example.com`. */
const SourcesSchema = z.array(z.string().regex(HOST_SOURCE)).max(SOURCES_MAX)
/** The same, or `https:` for a provider whose pages continue to the fan's own bank, which can be any. */
const PageSourcesSchema = z
  .array(z.string().refine((source) => source === 'https:' || HOST_SOURCE.test(source)))
  .max(SOURCES_MAX)

/**
 * A way to pay at the provider. `direct`: charged without the fan, as the sandbox's cards are. `redirect`: on a page of
 * the provider or a bank. `script`: with the provider's own module on our page. `deposit`: by paying into an account.
 */
const PaymentMethodSchema = z.object({
  /** What a payment names as its `method`, and what pages name in words. */
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  kind: z.enum(['direct', 'redirect', 'script', 'deposit']),
  /** The currencies that it takes; all of them without a list. */
  currencies: z.array(z.string().length(3)).optional(),
})

/** What the page that pays needs of the payment provider. All of it is public. */
export const CheckoutSchema = z.object({
  provider: z.enum(['sandbox', 'stripe', 'portone']),
  /** The key with which the provider's module names the merchant. */
  publicKey: z.string().optional(),
  methods: z.array(PaymentMethodSchema).max(50),
  /** What the page that pays may load and call in addition to us, and no other page. */
  scriptOrigins: SourcesSchema,
  connectOrigins: SourcesSchema,
  frameOrigins: PageSourcesSchema,
  formOrigins: PageSourcesSchema,
  imageOrigins: PageSourcesSchema.optional(),
})

export type Checkout = z.output<typeof CheckoutSchema>
export type PaymentMethod = Checkout['methods'][number]
