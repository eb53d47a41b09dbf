import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Env } from '../../../shared/runtime/env.ts'
import { credentialsFolder, environmentFile, HostError, type HostPaths, type ServiceName } from './host.ts'

/** The variables that systemd gives to a service of this host: its environment file and its credentials. */
export async function readServiceEnvironment(paths: HostPaths, service: ServiceName): Promise<Env> {
  const file = environmentFile(paths, service)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new HostError(`${file} cannot be read: is this a host of the ${service}, and are you root?`, {
      cause,
    })
  }
  return { ...(await readCredentials(paths, service)), ...parseEnv(text) }
}

/** Secrets by their names. Empty where there are none. */
export async function readCredentials(
  paths: HostPaths,
  owner: ServiceName | 'migrator',
): Promise<Record<string, string>> {
  const folder = credentialsFolder(paths, owner)
  const names = await namesIn(folder)
  const all = names
    .filter((name) => /^[A-Z_]+$/.test(name))
    .map(async (name) => [name, (await readFile(join(folder, name), 'utf8')).replace(/\n$/, '')] as const)
  return Object.fromEntries(await Promise.all(all))
}

/** No names where there is no folder. One that cannot be read has keys that must not be made again. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw new HostError(`${folder} cannot be read: are you root?`, { cause })
  }
}

/** A variable of a service. Throws where it has none. */
export function variableOf(env: Env, name: string): string {
  const value = env[name]
  if (value === undefined || value === '') throw new HostError(`${name} is not set for this host`)
  return value
}

/**
 * The text of an environment file. Values stand in quotes, in which systemd leaves all but these two characters; it
 * ignores a variable with control characters.
 */
export function environmentText(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      if (/[\p{Cc}"\\]/u.test(value)) {
        throw new HostError(`${name} must have no line break, control character, quote or backslash`)
      }
      return `${name}="${value}"\n`
    })
  return lines.join('')
}
