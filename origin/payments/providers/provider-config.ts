import type { z } from 'zod'
import { httpUrl, integer, oneOf, type Rule, required, text } from '../../../shared/runtime/env.ts'

/** Which provider charges, with the settings of that provider. */
export type ProviderConfig =
  | { name: 'sandbox'; url: string }
  | { name: 'stripe'; secretKey: string; webhookSecret: string }

export const PROVIDER_VARIABLES = {
  PAYMENT_PROVIDER: oneOf(['sandbox', 'stripe']).prefault('sandbox').meta({
    description: 'The payment provider. The sandbox moves no money.',
    example: 'stripe',
  }),
  PROVIDER_URL: httpUrl().optional().meta({
    description: 'The URL of the sandbox provider. Required for it.',
    example: 'http://127.0.0.1:8090',
  }),
  STRIPE_SECRET_KEY: text().optional().meta({
    description: "Stripe's secret key. Required for Stripe.",
    example: 'sk_live_…',
  }),
  STRIPE_WEBHOOK_SECRET: text().optional().meta({
    description: "The signing secret of Stripe's webhook. Required for Stripe.",
    example: 'whsec_…',
  }),
  PROVIDER_TIMEOUT_MS: integer(10, 60_000).prefault('5000').meta({
    description:
      'The outcome of a charge that takes longer is unknown, and is asked for later. Use 15000 or more for Stripe.',
    example: '15000',
  }),
}

type ProviderVariables = z.output<z.ZodObject<typeof PROVIDER_VARIABLES>>

export const PROVIDER_RULES: readonly Rule<ProviderVariables>[] = [
  {
    names: ['PROVIDER_URL', 'PAYMENT_PROVIDER'],
    holds: ({ PAYMENT_PROVIDER, PROVIDER_URL }) =>
      PAYMENT_PROVIDER !== 'sandbox' || PROVIDER_URL !== undefined,
    message: 'is required with PAYMENT_PROVIDER=sandbox: an http or https URL',
  },
  ...(['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const).map(
    (name): Rule<ProviderVariables> => ({
      names: [name, 'PAYMENT_PROVIDER'],
      holds: (variables) => variables.PAYMENT_PROVIDER !== 'stripe' || variables[name] !== undefined,
      message: "is required with PAYMENT_PROVIDER=stripe: see Stripe's dashboard",
    }),
  ),
]

export function providerConfigOf(variables: ProviderVariables): ProviderConfig {
  const name = variables.PAYMENT_PROVIDER
  if (name === 'sandbox') return { name, url: required('PROVIDER_URL', variables.PROVIDER_URL) }
  return {
    name,
    secretKey: required('STRIPE_SECRET_KEY', variables.STRIPE_SECRET_KEY),
    webhookSecret: required('STRIPE_WEBHOOK_SECRET', variables.STRIPE_WEBHOOK_SECRET),
  }
}
