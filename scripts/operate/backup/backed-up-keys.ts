import type { Env } from '../../../shared/runtime/env.ts'
import { KEY_MAKERS } from '../../host/system/keys.ts'

/**
 * What nobody else can make again: without the keys of tickets no ticket of an order scans; without that of sessions
 * second factors cannot be read and everyone is signed out.
 */
const NEEDED = [...Object.keys(KEY_MAKERS.origin), 'TICKET_PUBLIC_KEYS']
/** With these, fans keep places and passes of a sale in progress; they are where a gateway runs. */
const OF_GATEWAYS = Object.keys(KEY_MAKERS.gateway)

export const NEEDED_KEYS: readonly string[] = Object.keys(KEY_MAKERS.origin)
export const KEY_NAMES: readonly string[] = [...NEEDED, ...OF_GATEWAYS]

/** The keys in an environment, by their names. */
export function keysIn(env: Env): Record<string, string> {
  return Object.fromEntries(
    KEY_NAMES.flatMap((name) => {
      const value = env[name]
      return value === undefined || value === '' ? [] : [[name, value] as const]
    }),
  )
}

/** Keys as an environment file: none of them needs quotes. */
export function keysText(keys: Readonly<Record<string, string>>): string {
  return Object.entries(keys)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
