import type { Clock } from '../../../shared/runtime/clock.ts'
import type { OriginConfig } from '../../config.ts'
import type { PaymentProvider } from '../provider.ts'
import type { ReadProviderEvent } from '../provider-events.ts'
import { freeOfCharge } from './free-of-charge.ts'
import { createSandboxProvider } from './sandbox.ts'

export type ChosenProvider = {
  provider: PaymentProvider
  /** Undefined for a provider that sends no events. */
  readEvent?: ReadProviderEvent
  close: () => Promise<void>
}

export type ProviderChoice = Pick<
  OriginConfig,
  | 'provider'
  | 'providerTimeoutMs'
  | 'providerRetriesMax'
  | 'chargesAtOnceMax'
  | 'chargesListedMax'
  | 'webhookToleranceSeconds'
>

/** The provider that the configuration names. Nothing of Stripe's is loaded for another one. */
export async function chooseProvider(config: ProviderChoice, now: Clock): Promise<ChosenProvider> {
  const chosen = await openProvider(config, now)
  return { ...chosen, provider: freeOfCharge(chosen.provider) }
}

async function openProvider(config: ProviderChoice, now: Clock): Promise<ChosenProvider> {
  const common = {
    timeoutMs: config.providerTimeoutMs,
    connectionsMax: config.chargesAtOnceMax,
    listedMax: config.chargesListedMax,
  }
  if (config.provider.name === 'sandbox') {
    return createSandboxProvider({ url: config.provider.url, ...common })
  }
  const { secretKey, webhookSecret, apiUrl } = config.provider
  const [{ createStripeProvider }, { createEventReader }] = await Promise.all([
    import('./stripe.ts'),
    import('./stripe/events.ts'),
  ])
  return {
    ...createStripeProvider({ secretKey, apiUrl, retriesMax: config.providerRetriesMax, ...common }),
    readEvent: createEventReader({ webhookSecret, toleranceSeconds: config.webhookToleranceSeconds, now }),
  }
}
