import type { Checkout } from '../../../../shared/checkout.ts'

/** The ways to pay that Naru offers through PortOne, with PortOne's names for them. */
export const PAY_METHODS = {
  card: 'CARD',
  'easy-pay': 'EASY_PAY',
  transfer: 'TRANSFER',
  mobile: 'MOBILE',
  'virtual-account': 'VIRTUAL_ACCOUNT',
} as const
export type PayMethod = keyof typeof PAY_METHODS

/** PortOne's channels by method: a channel is a contract with one payment gateway. */
export type ChannelKeys = Partial<Record<PayMethod, string>>

/** The currency of these methods. PortOne's channels for other currencies are contracts of their own. */
export const CURRENCY = 'KRW'

const SDK_ORIGIN = 'https://cdn.portone.io'
/** Where PortOne's module sends requests and which windows it opens. */
const PORTONE_ORIGINS = ['https://*.portone.io', 'https://*.iamport.co']
/** A gateway's frame goes on to the fan's own bank or card company, which nobody can list. */
const ANY_ORIGIN = 'https:'

export function methodNamed(name: string): PayMethod | undefined {
  return METHODS.find((method) => method === name)
}

const METHODS: readonly PayMethod[] = ['card', 'easy-pay', 'transfer', 'mobile', 'virtual-account']

/** @param gatewayOrigins - origins of the payment gateways whose scripts PortOne's module loads into the page */
export function checkoutOf(options: {
  channelKeys: ChannelKeys
  gatewayOrigins: readonly string[]
}): Checkout {
  const { channelKeys, gatewayOrigins } = options
  return {
    provider: 'portone',
    methods: METHODS.filter((method) => channelKeys[method] !== undefined).map((id) => ({
      id,
      kind: id === 'virtual-account' ? 'deposit' : 'script',
      currencies: [CURRENCY],
    })),
    scriptOrigins: [SDK_ORIGIN, ...gatewayOrigins],
    connectOrigins: [...PORTONE_ORIGINS, ...gatewayOrigins],
    frameOrigins: [ANY_ORIGIN],
    formOrigins: [ANY_ORIGIN],
  }
}
