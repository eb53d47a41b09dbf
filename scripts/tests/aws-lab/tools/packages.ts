import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../../develop/stores/command.ts'
import { Failure } from '../../../develop/stores/failure.ts'

/** Fetched files, which outlive a run, and how to run the programs that fetch them. */
export type Cache = { folder: string; env: NodeJS.ProcessEnv }

const MINUTE_MS = 60_000
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
/** Interpreters that a package merely suggests by a dependency chain of its maintainer scripts. */
const NEVER_NEEDED = /^(perl|libperl|perl-modules|libgdbm|libdb5|libc-gconv|gcc-)/

export type DebianPackages = {
  suite: string
  names: readonly string[]
  /** Whether to unpack everything that they depend on too, C library included. */
  withDependencies: boolean
}

/**
 * Unpacks Debian packages into a folder: nothing is installed, and the machine's own package lists stay as they are. apt
 * verifies each archive against the signed index.
 */
export async function unpackPackages(cache: Cache, folder: string, packages: DebianPackages): Promise<void> {
  const apt = await privateApt(cache, packages.suite)
  const archives = join(apt.folder, 'archives')
  await rm(archives, { recursive: true, force: true })
  await mkdir(archives)
  const names = packages.withDependencies ? await dependenciesOf(cache, apt, packages.names) : packages.names
  await run(cache, 'apt-get download', 'apt-get', ['-qq', 'download', ...names], apt, archives)
  for (const archive of await readdir(archives)) {
    await run(cache, 'dpkg', 'dpkg', ['-x', join(archives, archive), folder], apt)
  }
  await rm(archives, { recursive: true })
}

/** The mirror that this machine's packages come from, and their suite. */
export async function ownDebian({ env }: Cache): Promise<{ mirror: string; suite: string }> {
  const args = ['indextargets', '--format', '$(ORIGIN) $(RELEASE) $(REPO_URI)', 'Created-By: Packages']
  const output = await runCommand({ name: 'apt-get', command: 'apt-get', args, env, timeoutMs: MINUTE_MS })
  const [, suite, mirror] = /^Debian ([a-z]+) (\S+)$/m.exec(output) ?? []
  if (suite !== undefined && mirror !== undefined) return { mirror, suite }
  throw new Failure('This machine has no Debian packages', { advice: 'Run this on Debian 12 or later.' })
}

type Apt = { folder: string; config: string }

async function privateApt(cache: Cache, suite: string): Promise<Apt> {
  const folder = join(cache.folder, `apt-${suite}`)
  const folders = ['lists/partial', 'cache/archives/partial', 'parts', 'preferences', 'config']
  for (const each of folders) await mkdir(join(folder, each), { recursive: true })
  await writeFile(join(folder, 'status'), '')
  const { mirror } = await ownDebian(cache)
  await writeFile(join(folder, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`)
  const config = join(folder, 'apt.conf')
  const settings = {
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': join(folder, 'parts'),
    'Dir::Etc::preferencesparts': join(folder, 'preferences'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled': 'false',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`)
  await writeFile(config, lines.join(''))
  const apt = { folder, config }
  await run(cache, 'apt-get update', 'apt-get', ['-qq', 'update'], apt)
  return apt
}

async function dependenciesOf(cache: Cache, apt: Apt, names: readonly string[]): Promise<string[]> {
  const kinds = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances']
  const args = ['depends', '--recurse', ...kinds.map((kind) => `--no-${kind}`), ...names]
  const output = await run(cache, 'apt-cache depends', 'apt-cache', args, apt)
  const found = output.split('\n').filter((line) => /^[a-z]/.test(line) && !NEVER_NEEDED.test(line))
  return [...new Set(found)]
}

function run(
  { env }: Cache,
  name: string,
  command: string,
  args: readonly string[],
  apt: Apt,
  cwd?: string,
): Promise<string> {
  const own = { ...env, APT_CONFIG: apt.config }
  return runCommand({ name, command, args, env: own, cwd, timeoutMs: 10 * MINUTE_MS })
}

/** Fills a folder exactly once: what a broken run leaves is begun again. */
export async function once(target: string, fill: (folder: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target
  const partial = `${target}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  await fill(partial)
  await rename(partial, target)
  return target
}
