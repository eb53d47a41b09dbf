import type { Clock } from '../../../shared/runtime/clock.ts'
import type { PaymentProvider } from '../provider.ts'
import type { ReadProviderEvent } from '../provider-events.ts'
import { freeOfCharge } from './free-of-charge.ts'
import type { PortoneConfig } from './portone/variables.ts'
import type { ProviderConfig } from './provider-config.ts'

export type ChosenProvider = {
  provider: PaymentProvider
  /** Undefined for a provider that sends no events. */
  readEvent?: ReadProviderEvent
  close: () => Promise<void>
}

export type ProviderChoice = {
  provider: ProviderConfig
  /** For one operation, including retries. */
  providerTimeoutMs: number
  chargeConcurrency: number
  /** How often Stripe's library may retry a request. */
  retriesMax?: number
  /** How many charges one listing may read. */
  chargesListedMax?: number
}

/** The worker retries by itself, later and with the same key. */
export const PROVIDER_RETRIES_MAX = 0
const STRIPE_API_URL = 'https://api.stripe.com'
const PORTONE_API_URL = 'https://api.portone.io'
const CHARGES_LISTED_MAX = 1_000_000
/** The maximum age of an accepted webhook signature. */
const WEBHOOK_TOLERANCE_SECONDS = 300

/** The provider that the configuration names; the modules of others are not loaded. */
export async function chooseProvider(config: ProviderChoice, now: Clock): Promise<ChosenProvider> {
  const chosen = await openProvider(config, now)
  return { ...chosen, provider: freeOfCharge(chosen.provider) }
}

async function openProvider(config: ProviderChoice, now: Clock): Promise<ChosenProvider> {
  const common = {
    timeoutMs: config.providerTimeoutMs,
    connectionsMax: config.chargeConcurrency,
    listedMax: config.chargesListedMax ?? CHARGES_LISTED_MAX,
  }
  if (config.provider.name === 'sandbox') {
    const [{ createSandboxProvider }, { createSandboxEventReader }] = await Promise.all([
      import('./sandbox.ts'),
      import('./sandbox/events.ts'),
    ])
    const { name: _, webhookSecret, ...urls } = config.provider
    const opened = createSandboxProvider({ ...urls, ...common })
    if (webhookSecret === undefined) return opened
    const toleranceSeconds = WEBHOOK_TOLERANCE_SECONDS
    return { ...opened, readEvent: createSandboxEventReader({ webhookSecret, toleranceSeconds, now }) }
  }
  if (config.provider.name === 'portone') return await openPortone(config.provider, common, now)
  const { secretKey, publishableKey, webhookSecret } = config.provider
  const { retriesMax = PROVIDER_RETRIES_MAX } = config
  const [{ createStripeProvider }, { createEventReader }] = await Promise.all([
    import('./stripe.ts'),
    import('./stripe/events.ts'),
  ])
  return {
    ...createStripeProvider({ secretKey, publishableKey, apiUrl: STRIPE_API_URL, retriesMax, ...common }),
    readEvent: createEventReader({ webhookSecret, toleranceSeconds: WEBHOOK_TOLERANCE_SECONDS, now }),
  }
}

async function openPortone(
  config: PortoneConfig,
  common: { timeoutMs: number; connectionsMax: number; listedMax: number },
  now: Clock,
): Promise<ChosenProvider> {
  const [{ createPortoneProvider }, { createEventReader }] = await Promise.all([
    import('./portone.ts'),
    import('./portone/events.ts'),
  ])
  return {
    ...createPortoneProvider({ ...config, apiUrl: PORTONE_API_URL, now, ...common }),
    readEvent: createEventReader(config),
  }
}
