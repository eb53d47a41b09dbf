import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { GATEWAY_VARIABLES } from '../../gateway/config.ts'
import { ORIGIN_VARIABLES } from '../../origin/config.ts'
import { copyRelease } from './rollout/releases.ts'
import { activateInstalled } from './rollout/rollout.ts'
import {
  credentialsFolder,
  environmentFile,
  type Host,
  HostError,
  type HostPaths,
  installedServices,
  type ServiceName,
} from './system/host.ts'
import { type HostFile, publicFile, replaceFiles, secretFile } from './system/host-files.ts'
import { KEY_MAKERS, PUBLISHED, publicHalvesOf } from './system/keys.ts'
import { environmentText, readCredentials } from './system/service-environment.ts'
import { anchorOf, createSystemd, socketOf } from './system/systemd.ts'

type Variables = Record<string, string>

/** Behind a proxy on the same host, which has the certificate. */
const LISTENING: Record<ServiceName, string> = { gateway: '127.0.0.1:8080', origin: '127.0.0.1:8081' }
const KNOWN: Record<ServiceName, readonly string[]> = {
  gateway: Object.keys(GATEWAY_VARIABLES.shape),
  origin: Object.keys(ORIGIN_VARIABLES.shape),
}
/** Given to a service as a credential, in a file that only root reads. */
const SECRET = /SECRET|PRIVATE_KEY|PASSWORD|^(DATABASE|REDIS|EMAIL)_URL$/

export type Installation = {
  /** In the order in which they are started. */
  services: readonly ServiceName[]
  /** The folder of the release. */
  release: string
  /** A file with variables of the services, as systemd's environment files have them. */
  settings?: string | undefined
  /** A file with the public keys of the other service, where that has a host of its own. */
  peer?: string | undefined
  /** `ADDRESS:PORT` on which the service listens that comes last. */
  listen?: string | undefined
}

/**
 * Installs a release on a server of one's own: copies it, makes the keys that are missing, writes configuration and
 * units, migrates and starts. Repeated, it changes what is given and keeps the rest; a newer release is rolled out.
 */
export async function install(host: Host, installation: Installation): Promise<void> {
  const { services, release, listen } = installation
  const { paths } = host
  const [forgotten] = installedServices(paths).filter((service) => !services.includes(service))
  if (forgotten !== undefined) throw new HostError(`This host has the ${forgotten} too: install both`)
  const variables = await composeVariables(paths, installation)
  const version = await copyRelease(paths, release)
  const files = new Map<string, HostFile>()
  for (const service of services) {
    for (const [path, file] of filesOf(paths, service, variables.get(service) ?? {})) files.set(path, file)
    const asked = service === services.at(-1) ? listen : undefined
    const socket = join(paths.units, `${socketOf(service)}.d/listen.conf`)
    if (asked === undefined && existsSync(socket)) continue
    const drop = socketFile(asked ?? LISTENING[service])
    if (existsSync(socket) && (await readFile(socket, 'utf8')) !== drop.text)
      await mustBeClosed(host, service)
    files.set(socket, drop)
  }
  await activateInstalled(host, { version, services, files })
}

/** An address changes only while nothing listens: it would otherwise seem to be closed, and be open. */
async function mustBeClosed(host: Host, service: ServiceName): Promise<void> {
  const socket = socketOf(service)
  if (!(await createSystemd(host.run).isActive(socket))) return
  throw new HostError(
    `${socket} listens on another address: systemctl stop ${socket} ${anchorOf(service)}, and repeat the command`,
  )
}

/**
 * The public keys of a service, as a file for `--peer` on the host of the other one. Makes the private keys where they
 * are missing.
 */
export async function publishKeys(paths: HostPaths, service: ServiceName): Promise<string> {
  const keys = keysOf(service, await readInstalled(paths, service))
  const files = Object.entries(keys).map(
    ([name, key]) => [join(credentialsFolder(paths, service), name), secretFile(key)] as const,
  )
  await replaceFiles(new Map(files))
  return environmentText(publicKeysOf(service, keys))
}

/** What each service will have: what it has, what is given, keys, and the public keys of the others. */
async function composeVariables(
  paths: HostPaths,
  { services, settings, peer }: Installation,
): Promise<ReadonlyMap<ServiceName, Variables>> {
  const given = settings === undefined ? {} : await readVariables(settings)
  refuseUnknown(given, services)
  const all = new Map<ServiceName, Variables>()
  let published = peer === undefined ? {} : await readVariables(peer)
  for (const service of services) {
    const variables = { ...(await readInstalled(paths, service)), ...only(KNOWN[service], given) }
    const keys = keysOf(service, variables)
    published = { ...published, ...publicKeysOf(service, keys) }
    all.set(service, { ...variables, ...keys })
  }
  const beside: Variables = services.length > 1 ? { ORIGIN_URL: `http://${LISTENING.origin}` } : {}
  for (const [service, variables] of all) {
    const names = KNOWN[service]
    const keys = Object.entries(only(names, published)).map(
      ([name, newer]) => [name, withEarlier(newer, variables[name])] as const,
    )
    all.set(service, { ...only(names, beside), ...variables, ...Object.fromEntries(keys) })
  }
  return all
}

/** What a service of this host has been given; nothing before it is installed. */
async function readInstalled(paths: HostPaths, service: ServiceName): Promise<Variables> {
  const file = environmentFile(paths, service)
  return {
    ...(await readCredentials(paths, service)),
    ...(existsSync(file) ? await readVariables(file) : {}),
  }
}

/** Public keys with those that were known before, whose tokens stay valid until someone removes them. */
function withEarlier(newer: string, known = ''): string {
  return [...new Set([...newer.split(','), ...known.split(',')])].filter((key) => key !== '').join(',')
}

async function readVariables(file: string): Promise<Variables> {
  try {
    const parsed = parseEnv(await readFile(file, 'utf8'))
    return Object.fromEntries(
      Object.entries(parsed).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
  } catch (cause) {
    throw new HostError(`${file} cannot be read`, { cause })
  }
}

/** A misspelt name would otherwise be ignored. */
function refuseUnknown(given: Variables, services: readonly ServiceName[]): void {
  const unknown = Object.keys(given).filter(
    (name) => !services.some((service) => KNOWN[service].includes(name)),
  )
  if (unknown.length > 0)
    throw new HostError(`No variable of the ${services.join(' or ')}: ${unknown.join(', ')}`)
}

function only(names: readonly string[], variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => names.includes(name)))
}

function keysOf(service: ServiceName, known: Variables): Variables {
  const keys = Object.entries(KEY_MAKERS[service]).map(
    ([name, make]) => [name, known[name] ?? make()] as const,
  )
  return Object.fromEntries(keys)
}

function publicKeysOf(service: ServiceName, keys: Variables): Variables {
  return Object.fromEntries(
    Object.entries(PUBLISHED[service]).flatMap(([name, of]) => {
      const { [of]: key } = keys
      return key === undefined ? [] : [[name, publicHalvesOf(key).join(',')]]
    }),
  )
}

function filesOf(paths: HostPaths, service: ServiceName, variables: Variables): [string, HostFile][] {
  const all = Object.entries(variables)
  const settings = Object.fromEntries(all.filter(([name]) => !SECRET.test(name)))
  const secrets = all.filter(([name]) => SECRET.test(name))
  return [
    ...secrets.map(([name, value]): [string, HostFile] => [
      join(credentialsFolder(paths, service), name),
      secretFile(value),
    ]),
    [environmentFile(paths, service), publicFile(environmentText(settings))],
  ]
}

/** Replaces the address of the unit, which listens on all. */
function socketFile(address: string): HostFile {
  if (!/^(\d{1,3}(\.\d{1,3}){3}|\[[\da-fA-F:]+\]):\d{1,5}$/.test(address)) {
    throw new HostError(`--listen takes an address and a port, such as 10.0.0.12:8081, not "${address}"`)
  }
  return publicFile(`[Socket]\nListenStream=\nListenStream=${address}\n`)
}
