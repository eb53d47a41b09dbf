import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { HostError, type HostPaths, type ServiceName } from '../system/host.ts'

/** What only the host program reads; all other settings are variables of the service. */
const OWN_SETTINGS = [
  'REDIS_ADDRESS',
  'DATABASE_ADDRESS',
  'DATABASE_NAME',
  'DATABASE_MASTER_SECRET_ARN',
  'PROXY_STORE_ARN',
] as const
type OwnSetting = (typeof OWN_SETTINGS)[number]

const SettingsSchema = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string())

export type Settings = {
  /** Variables of the service, for its environment file. */
  variables: Record<string, string>
  /** A setting of the host program. Throws where it is missing. */
  own: (name: OwnSetting) => string
  ownIfGiven: (name: OwnSetting) => string | undefined
}

/** Reads the parameter with a role's settings, as Terraform writes it. */
export function readSettings(role: ServiceName, text: string | undefined): Settings {
  const given = parse(role, text)
  const isOwn = (name: string) => OWN_SETTINGS.some((own) => own === name)
  const ownIfGiven = (name: OwnSetting) => given[name] || undefined
  return {
    variables: Object.fromEntries(
      Object.entries(given).filter(([name, value]) => !isOwn(name) && value !== ''),
    ),
    ownIfGiven,
    own(name) {
      const value = ownIfGiven(name)
      if (value === undefined) throw new HostError(`The parameter settings/${role} lacks ${name}`)
      return value
    },
  }
}

function parse(role: ServiceName, text: string | undefined): Record<string, string> {
  if (text === undefined)
    throw new HostError(`The parameter settings/${role} is missing: Terraform writes it`)
  try {
    return SettingsSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new HostError(`The parameter settings/${role} is not an object of environment variables`, { cause })
  }
}

/**
 * The URL of Redis with TLS and its password. A cluster's address has a comma after each node.
 *
 * @param ca - the file of the certificate authority, where it is not among those that Node knows
 */
export function redisUrl(
  address: string,
  { password, ca }: { password: string; ca?: string | undefined },
): string {
  const query = ca === undefined ? '' : `?ca=${ca}`
  const urlOf = (node: string) => `rediss://:${encodeURIComponent(password)}@${node}${query}`
  return address
    .split(',')
    .map((node) => (node.trim() === '' ? '' : urlOf(node.trim())))
    .join(',')
}

export type DatabasePlace = { address: string; name: string; ca: string | undefined }

/** The URL of MySQL with TLS. */
export function databaseUrl(
  { address, name, ca }: DatabasePlace,
  { user, password }: { user: string; password: string },
): string {
  const query = ca === undefined ? '' : `?ca=${ca}`
  return `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${address}/${name}${query}`
}

/** The certificate authority of a store, where this host has one. */
export function authorityOf({ etc }: HostPaths, store: 'database' | 'redis'): string | undefined {
  const file = join(etc, `${store}-ca.pem`)
  return existsSync(file) ? file : undefined
}
