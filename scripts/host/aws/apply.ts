import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ArchiveSource, OpenObject } from '../rollout/archive.ts'
import { untilReachable } from '../rollout/migrate.ts'
import { activateInstalled, fetchOnly, recorded, rollout } from '../rollout/rollout.ts'
import { credentialsFolder, environmentFile, type Host, HostError, type HostPaths } from '../system/host.ts'
import { type HostFile, type HostFiles, publicFile, secretFile } from '../system/host-files.ts'
import { makeSecret } from '../system/keys.ts'
import { environmentText } from '../system/service-environment.ts'
import { agreeOn, agreeOnKeys, type Patience, readPublished } from './agree.ts'
import { ensureDatabaseUsers } from './database-users.ts'
import type { ParameterStore } from './parameters.ts'
import type { Place } from './place.ts'
import { authorityOf, databaseUrl, readSettings, redisUrl, type Settings } from './settings.ts'

const ReleaseSchema = z.object({
  version: z.string(),
  bucket: z.string(),
  key: z.string(),
  sha256: z.string(),
  versionId: z.string().optional(),
})

type Proof = { store: string; proof: string }

export type AmazonDeps = {
  place: Place
  parameters: ParameterStore
  openObject: OpenObject
  readMaster: (arn: string) => Promise<{ user: string; password: string }>
  writeProof: (proof: Proof) => Promise<void>
  patience?: Patience
}

/**
 * Brings a host to the release and the settings that the parameters name, from any state; safe to repeat. Another
 * release than this program's own is fetched first, and its program continues.
 *
 * @param version - this program's own
 */
export async function applyOnAmazon(host: Host, deps: AmazonDeps, version: string): Promise<void> {
  await recorded(host, () => apply(host, deps, version))
}

async function apply(host: Host, deps: AmazonDeps, version: string): Promise<void> {
  const { parameters, place, openObject } = deps
  const release = readRelease(await parameters.get('release'))
  if (release.version !== version) {
    await rollout(host, sourceOf(release), { openObject, args: ['aws', 'apply'] })
    return
  }
  const settings = readSettings(place.role, await parameters.get(`settings/${place.role}`))
  const configure = place.role === 'gateway' ? configureGateway : configureOrigin
  const { variables, credentials, proof } = await configure(host, deps, settings)
  const files = new Map(await credentialFiles(host.paths, credentials))
  files.set(environmentFile(host.paths, place.role), publicFile(environmentText(variables)))
  await activateInstalled(host, { version, services: [place.role], files })
  // The gateway that runs knows it by now: before, it would count everyone behind the CDN as one network.
  if (proof !== undefined) await deps.writeProof(proof)
}

/**
 * Fetches the release that the parameters name, and leaves the services as they are: a gateway answers for the static
 * files of every release that its host has, so that pages of gateways which run a newer one find theirs anywhere.
 */
export async function fetchOnAmazon(
  host: Host,
  { parameters, openObject }: Pick<AmazonDeps, 'parameters' | 'openObject'>,
): Promise<void> {
  const version = await fetchOnly(host, sourceOf(readRelease(await parameters.get('release'))), openObject)
  host.print(`${version} is on this host`)
}

type NamedRelease = z.infer<typeof ReleaseSchema>

function sourceOf({ bucket, key, ...rest }: NamedRelease): ArchiveSource & { version: string } {
  return { archive: `s3://${bucket}/${key}`, ...rest }
}

function readRelease(text: string | undefined): NamedRelease {
  if (text === undefined) throw new HostError('The parameter release is missing: Terraform writes it')
  try {
    return ReleaseSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new HostError('The parameter release does not name version, bucket, key and sha256', { cause })
  }
}

type Owner = Parameters<typeof credentialsFolder>[1]
type Values = Readonly<Record<string, string>>
type Configuration = {
  variables: Values
  credentials: Partial<Record<Owner, Values>>
  /** What the CDN is given once the service has it. */
  proof?: Proof
}

async function configureGateway(host: Host, deps: AmazonDeps, settings: Settings): Promise<Configuration> {
  const { parameters } = deps
  const keys = await agreeOnKeys(parameters, 'gateway')
  const store = settings.ownIfGiven('PROXY_STORE_ARN')
  const [proof = ''] = (keys['PROXY_SECRET'] ?? '').split(',')
  const published = await readPublished(parameters, 'gateway', waiting(host, deps))
  const redis = await redisOf(host.paths, parameters, settings)
  return {
    variables: { ...settings.variables, ...published },
    credentials: { gateway: { ...keys, REDIS_URL: redis } },
    ...(store === undefined ? {} : { proof: { store, proof: proof.trim() } }),
  }
}

async function configureOrigin(host: Host, deps: AmazonDeps, settings: Settings): Promise<Configuration> {
  const { parameters, readMaster } = deps
  const keys = await agreeOnKeys(parameters, 'origin')
  const published = await readPublished(parameters, 'origin', waiting(host, deps))
  const redis = await redisOf(host.paths, parameters, settings)
  const secrets = Object.fromEntries(await parameters.list('origin/secrets'))
  const place = {
    address: settings.own('DATABASE_ADDRESS'),
    name: settings.own('DATABASE_NAME'),
    ca: authorityOf(host.paths, 'database'),
  }
  const passwords = {
    naru_migrator: await agreeOn(parameters, 'origin/database/MIGRATOR_PASSWORD', makeSecret),
    naru_origin: await agreeOn(parameters, 'origin/database/ORIGIN_PASSWORD', makeSecret),
  }
  const arn = settings.own('DATABASE_MASTER_SECRET_ARN')
  await untilReachable(host, () =>
    ensureDatabaseUsers(place, { passwords, readMaster: () => readMaster(arn) }),
  )
  const urlOf = (user: keyof typeof passwords) => databaseUrl(place, { user, password: passwords[user] })
  return {
    variables: { ...settings.variables, ...published },
    credentials: {
      origin: { ...secrets, ...keys, REDIS_URL: redis, DATABASE_URL: urlOf('naru_origin') },
      migrator: { DATABASE_URL: urlOf('naru_migrator') },
    },
  }
}

function waiting({ print }: Host, { patience }: AmazonDeps) {
  return { print, ...(patience === undefined ? {} : { patience }) }
}

async function redisOf(paths: HostPaths, parameters: ParameterStore, settings: Settings): Promise<string> {
  const password = await parameters.get('shared/REDIS_PASSWORD')
  if (password === undefined) throw new HostError('The parameter shared/REDIS_PASSWORD is missing')
  return redisUrl(settings.own('REDIS_ADDRESS'), { password, ca: authorityOf(paths, 'redis') })
}

/** The credentials as files, and the removal of those that there are no longer. */
async function credentialFiles(
  paths: HostPaths,
  credentials: Configuration['credentials'],
): Promise<HostFiles> {
  const files = new Map<string, HostFile | undefined>()
  for (const [owner, values] of Object.entries(credentials) as [Owner, Values][]) {
    const folder = credentialsFolder(paths, owner)
    for (const name of await readdir(folder).catch(() => [])) files.set(join(folder, name), undefined)
    for (const [name, value] of Object.entries(values)) files.set(join(folder, name), secretFile(value))
  }
  return files
}
