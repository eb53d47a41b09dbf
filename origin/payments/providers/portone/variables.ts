import type { z } from 'zod'
import { type Rule, required, text, variable } from '../../../../shared/runtime/env.ts'
import { type ChannelKeys, methodNamed } from './methods.ts'

const ORIGINS_MAX = 15
const ORIGIN = /^https:\/\/(\*\.)?[a-z0-9.-]{1,253}$/
/** Whose scripts PortOne's module loads into the page, for the gateways of most Korean contracts. */
const GATEWAY_ORIGINS = 'https://*.tosspayments.com,https://*.inicis.com,https://*.kcp.co.kr'

export const PORTONE_VARIABLES = {
  PORTONE_API_SECRET: text().optional().meta({
    description: "The secret of PortOne's V2 API. Required for PortOne.",
    example: 'PortOne’s console: API Keys, V2 API',
  }),
  PORTONE_STORE_ID: variable('an ID such as store-…', (raw) =>
    /^store-[\w-]{1,80}$/.test(raw) ? raw : undefined,
  )
    .optional()
    .meta({
      description: 'The store at PortOne, which should be for Naru alone. Required for PortOne.',
      example: 'store-…',
    }),
  PORTONE_CHANNEL_KEYS: variable(
    'METHOD=CHANNEL KEY, comma-separated, of card, easy-pay, transfer, mobile and virtual-account',
    parseChannelKeys,
  )
    .optional()
    .meta({
      description: 'The channel of each way to pay; ways without one are not offered. Required for PortOne.',
      example: 'card=channel-key-…,easy-pay=channel-key-…',
    }),
  PORTONE_WEBHOOK_SECRET: variable('a secret such as whsec_…, with Base64', (raw) =>
    /^whsec_[A-Za-z0-9+/]{20,200}={0,2}$/.test(raw) ? raw : undefined,
  )
    .optional()
    .meta({
      description: "The secret of PortOne's webhook. Required for PortOne.",
      example: 'whsec_…',
    }),
  PORTONE_GATEWAY_ORIGINS: variable(`up to ${ORIGINS_MAX} origins, comma-separated`, parseOrigins)
    .prefault(GATEWAY_ORIGINS)
    .meta({
      description:
        "Origins of the payment gateways' scripts, which the page that pays, and no other, may load and call.",
      example: 'https://*.tosspayments.com',
    }),
}

type PortoneVariables = z.output<z.ZodObject<typeof PORTONE_VARIABLES>>

const REQUIRED = [
  'PORTONE_API_SECRET',
  'PORTONE_STORE_ID',
  'PORTONE_CHANNEL_KEYS',
  'PORTONE_WEBHOOK_SECRET',
] as const

export const PORTONE_RULES: readonly Rule<PortoneVariables & { PAYMENT_PROVIDER: string }>[] = REQUIRED.map(
  (name) => ({
    names: [name, 'PAYMENT_PROVIDER'],
    holds: (variables) => variables.PAYMENT_PROVIDER !== 'portone' || variables[name] !== undefined,
    message: "is required with PAYMENT_PROVIDER=portone: see PortOne's console",
  }),
)

export type PortoneConfig = {
  name: 'portone'
  apiSecret: string
  storeId: string
  channelKeys: ChannelKeys
  webhookSecret: string
  gatewayOrigins: readonly string[]
}

export function portoneConfigOf(variables: PortoneVariables): PortoneConfig {
  return {
    name: 'portone',
    apiSecret: required('PORTONE_API_SECRET', variables.PORTONE_API_SECRET),
    storeId: required('PORTONE_STORE_ID', variables.PORTONE_STORE_ID),
    channelKeys: required('PORTONE_CHANNEL_KEYS', variables.PORTONE_CHANNEL_KEYS),
    webhookSecret: required('PORTONE_WEBHOOK_SECRET', variables.PORTONE_WEBHOOK_SECRET),
    gatewayOrigins: variables.PORTONE_GATEWAY_ORIGINS,
  }
}

function parseChannelKeys(raw: string): ChannelKeys | undefined {
  const channelKeys: ChannelKeys = {}
  for (const part of raw.split(',')) {
    const [, name = '', key] = /^\s*([a-z-]+)=(channel-key-[\w-]{1,80})\s*$/.exec(part) ?? []
    const method = methodNamed(name)
    if (method === undefined || key === undefined || channelKeys[method] !== undefined) return undefined
    channelKeys[method] = key
  }
  return channelKeys
}

function parseOrigins(raw: string): string[] | undefined {
  const origins = raw.split(',').map((origin) => origin.trim())
  return origins.length <= ORIGINS_MAX && origins.every((origin) => ORIGIN.test(origin)) ? origins : undefined
}
