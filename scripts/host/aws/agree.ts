import { setTimeout as sleep } from 'node:timers/promises'
import { HostError, type ServiceName } from '../system/host.ts'
import { KEY_MAKERS, makeSecret, PUBLISHED, publicHalvesOf } from '../system/keys.ts'
import type { ParameterStore } from './parameters.ts'

type Values = Record<string, string>

/** On AWS a CDN proves itself to the gateway by a secret of its own. */
const AWS_KEY_MAKERS: Record<ServiceName, Record<string, () => string>> = {
  gateway: { ...KEY_MAKERS.gateway, PROXY_SECRET: makeSecret },
  origin: KEY_MAKERS.origin,
}

/** Parameter Store may return a parameter a moment after it has refused to create it again. */
const SEEN_ATTEMPTS_MAX = 20
const SEEN_EVERY_MS = 250

/** A secret that all hosts of a role share: the first one makes it, the others take what that one has stored. */
export async function agreeOn(store: ParameterStore, name: string, make: () => string): Promise<string> {
  const known = await store.get(name)
  if (known !== undefined) return known
  const made = make()
  if ((await store.create(name, { text: made, secret: true })) === 'created') return made
  for (let attempt = 1; attempt <= SEEN_ATTEMPTS_MAX; attempt += 1) {
    const stored = await store.get(name)
    if (stored !== undefined) return stored
    await sleep(SEEN_EVERY_MS)
  }
  throw new HostError(`The parameter ${name} exists and cannot be read`)
}

/** The keys of a role. Makes those that are missing, and publishes their public halves for the other role. */
export async function agreeOnKeys(store: ParameterStore, role: ServiceName): Promise<Values> {
  const keys: Values = {}
  for (const [name, make] of Object.entries(AWS_KEY_MAKERS[role])) {
    keys[name] = await agreeOn(store, `${role}/keys/${name}`, make)
  }
  for (const [name, of] of Object.entries(PUBLISHED[role])) {
    await publish(store, `public/${name}`, keyOf(keys, of))
  }
  return keys
}

/** Adds public keys in front of those that are published: tokens of earlier ones stay valid until they are removed. */
async function publish(store: ParameterStore, name: string, privateKeys: string): Promise<void> {
  const known = listOf(await store.get(name))
  const missing = publicHalvesOf(privateKeys).filter((key) => !known.includes(key))
  if (missing.length === 0) return
  await store.replace(name, { text: [...missing, ...known].join(','), secret: false })
}

const listOf = (keys: string | undefined) => (keys === undefined ? [] : keys.split(','))

function keyOf(keys: Values, name: string): string {
  const { [name]: key } = keys
  if (key === undefined) throw new Error(`${name} is no key of this role`)
  return key
}

export type Patience = { attemptsMax: number; everyMs: number }
/** The hosts of both roles start together, so that one publishes while the other waits. */
const PATIENCE: Patience = { attemptsMax: 60, everyMs: 5000 }

/** The public keys that the other role publishes. Waits for them, since hosts start in any order. */
export async function readPublished(
  store: ParameterStore,
  role: ServiceName,
  { print, patience = PATIENCE }: { print: (line: string) => void; patience?: Patience },
): Promise<Values> {
  const other = role === 'gateway' ? 'origin' : 'gateway'
  const found: Values = {}
  for (const name of Object.keys(PUBLISHED[other])) {
    const value = await awaited(() => store.get(`public/${name}`), { name, other, print, patience })
    found[name] = value
  }
  return found
}

async function awaited(
  read: () => Promise<string | undefined>,
  {
    name,
    other,
    print,
    patience,
  }: { name: string; other: string; print: (line: string) => void; patience: Patience },
): Promise<string> {
  for (let attempt = 1; attempt <= patience.attemptsMax; attempt += 1) {
    const value = await read()
    if (value !== undefined) return value
    if (attempt === 1) print(`waiting for the parameter public/${name}, which the first ${other} host writes`)
    if (attempt < patience.attemptsMax) await sleep(patience.everyMs)
  }
  throw new HostError(`The parameter public/${name} is missing: no ${other} host has written it`)
}
