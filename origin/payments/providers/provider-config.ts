import type { z } from 'zod'
import { httpUrl, integer, oneOf, type Rule, required, text, variable } from '../../../shared/runtime/env.ts'
import { PORTONE_RULES, PORTONE_VARIABLES, type PortoneConfig, portoneConfigOf } from './portone/variables.ts'

/** Which provider charges, with the settings of that provider. */
export type ProviderConfig =
  | { name: 'sandbox'; url: string; publicUrl?: string; webhookSecret?: string }
  | { name: 'stripe'; secretKey: string; publishableKey: string; webhookSecret: string }
  | PortoneConfig

// https://docs.stripe.com/keys
const SECRET_KEY = variable('a key of Stripe that begins with sk_ or rk_', (raw) =>
  /^[rs]k_(test|live)_\w{1,255}$/.test(raw) ? raw : undefined,
)
const PUBLISHABLE_KEY = variable('a key of Stripe that begins with pk_', (raw) =>
  /^pk_(test|live)_\w{1,255}$/.test(raw) ? raw : undefined,
)

export const PROVIDER_VARIABLES = {
  PAYMENT_PROVIDER: oneOf(['sandbox', 'stripe', 'portone']).prefault('sandbox').meta({
    description: 'The payment provider. The sandbox moves no money.',
    example: 'stripe',
  }),
  PROVIDER_URL: httpUrl().optional().meta({
    description: 'The URL of the sandbox provider. Required for it.',
    example: 'http://127.0.0.1:8090',
  }),
  PROVIDER_PUBLIC_URL: httpUrl().optional().meta({
    description:
      'Where browsers reach the sandbox provider. Without it fans pay with its cards alone, not at its bank.',
    example: 'http://127.0.0.1:8090',
  }),
  SANDBOX_WEBHOOK_SECRET: text().optional().meta({
    description: 'The secret with which the sandbox provider signs its events. Without it none are accepted.',
    example: 'a long random text',
  }),
  STRIPE_SECRET_KEY: SECRET_KEY.optional().meta({
    description:
      "Stripe's secret key, or better a restricted one with the permissions of scripts/docs/STRIPE.md. Required for Stripe.",
    example: 'rk_live_…',
  }),
  STRIPE_PUBLISHABLE_KEY: PUBLISHABLE_KEY.optional().meta({
    description: "Stripe's publishable key, which pages show to everyone. Required for Stripe.",
    example: 'pk_live_…',
  }),
  STRIPE_WEBHOOK_SECRET: text().optional().meta({
    description: "The signing secret of Stripe's webhook. Required for Stripe.",
    example: 'whsec_…',
  }),
  ...PORTONE_VARIABLES,
  PROVIDER_TIMEOUT_MS: integer(10, 60_000).prefault('5000').meta({
    description:
      'The outcome of a charge that takes longer is unknown, and is asked for later. Use 15000 or more for Stripe, and 60000 for PortOne.',
    example: '15000',
  }),
}

/** `test` or `live`. */
function modeOf(key: string): string | undefined {
  return key.split('_')[1]
}

type ProviderVariables = z.output<z.ZodObject<typeof PROVIDER_VARIABLES>>

export const PROVIDER_RULES: readonly Rule<ProviderVariables>[] = [
  {
    names: ['PROVIDER_URL', 'PAYMENT_PROVIDER'],
    holds: ({ PAYMENT_PROVIDER, PROVIDER_URL }) =>
      PAYMENT_PROVIDER !== 'sandbox' || PROVIDER_URL !== undefined,
    message: 'is required with PAYMENT_PROVIDER=sandbox: an http or https URL',
  },
  ...PORTONE_RULES,
  ...(['STRIPE_SECRET_KEY', 'STRIPE_PUBLISHABLE_KEY', 'STRIPE_WEBHOOK_SECRET'] as const).map(
    (name): Rule<ProviderVariables> => ({
      names: [name, 'PAYMENT_PROVIDER'],
      holds: (variables) => variables.PAYMENT_PROVIDER !== 'stripe' || variables[name] !== undefined,
      message: "is required with PAYMENT_PROVIDER=stripe: see Stripe's dashboard",
    }),
  ),
  {
    names: ['STRIPE_PUBLISHABLE_KEY', 'STRIPE_SECRET_KEY'],
    holds: ({ STRIPE_PUBLISHABLE_KEY: publishable, STRIPE_SECRET_KEY: secret }) =>
      publishable === undefined || secret === undefined || modeOf(publishable) === modeOf(secret),
    message: 'and STRIPE_SECRET_KEY must both be of test mode or both be live',
  },
]

export function providerConfigOf(variables: ProviderVariables): ProviderConfig {
  const name = variables.PAYMENT_PROVIDER
  if (name === 'portone') return portoneConfigOf(variables)
  if (name === 'sandbox') {
    const { PROVIDER_PUBLIC_URL: publicUrl, SANDBOX_WEBHOOK_SECRET: webhookSecret } = variables
    return {
      ...{ name, url: required('PROVIDER_URL', variables.PROVIDER_URL) },
      ...(publicUrl === undefined ? {} : { publicUrl }),
      ...(webhookSecret === undefined ? {} : { webhookSecret }),
    }
  }
  return {
    name,
    secretKey: required('STRIPE_SECRET_KEY', variables.STRIPE_SECRET_KEY),
    publishableKey: required('STRIPE_PUBLISHABLE_KEY', variables.STRIPE_PUBLISHABLE_KEY),
    webhookSecret: required('STRIPE_WEBHOOK_SECRET', variables.STRIPE_WEBHOOK_SECRET),
  }
}
