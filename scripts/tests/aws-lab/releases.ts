import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { runCommand } from '../../develop/stores/command.ts'
import { Failure } from '../../develop/stores/failure.ts'

/** An archive that `npm run release` has made. */
export type Release = { version: string; file: string }

export type Releases = { first: Release; second: Release; broken: Release }

export type ReleasesOptions = {
  /** The checkout, whose committed state is released. */
  root: string
  /** Where the three are built and kept. */
  folder: string
  env: NodeJS.ProcessEnv
}

const GIT_MS = 60_000
const BUILD_MS = 5 * 60_000
const PackageSchema = z.looseObject({ version: z.string() })
/** Both services end as soon as they start. */
const FAULT = "\nthrow new Error('This release is broken on purpose')\n"

/**
 * Builds three releases of the committed state, each of a commit of its own in a clone: the checkout's, one with the next
 * version, and one whose services cannot start.
 */
export async function buildReleases(options: ReleasesOptions): Promise<Releases> {
  const { root, folder } = options
  if (!existsSync(join(root, 'scripts/release')))
    throw new Failure('This checkout has no npm run release yet')
  const clone = join(folder, 'clone')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await run(options, root, 'git', 'clone', '--quiet', '--shared', root, clone)
  await symlink(join(root, 'node_modules'), join(clone, 'node_modules'))
  // .gitignore names the folder, not a link to one.
  await appendFile(join(clone, '.git/info/exclude'), 'node_modules\n')
  const first = await build(options, clone)
  await nextVersion(clone, '1')
  await commit(options, clone, 'release: the next version')
  const second = await build(options, clone)
  await nextVersion(clone, '2')
  for (const service of ['gateway', 'origin']) await appendFile(join(clone, service, 'main.ts'), FAULT)
  await commit(options, clone, 'release: a broken version')
  const broken = await build(options, clone)
  await rm(clone, { recursive: true })
  return { first, second, broken }
}

async function nextVersion(clone: string, suffix: string): Promise<void> {
  const file = join(clone, 'package.json')
  const content = PackageSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  const version = `${content.version.replace(/-rehearsal\.\d+$/, '')}-rehearsal.${suffix}`
  await writeFile(file, `${JSON.stringify({ ...content, version }, null, 2)}\n`)
}

async function commit(options: ReleasesOptions, clone: string, subject: string): Promise<void> {
  const author = ['-c', 'user.name=Rehearsal', '-c', 'user.email=rehearsal@naru.test']
  await run(
    options,
    clone,
    'git',
    ...author,
    'commit',
    '--quiet',
    '--all',
    '--no-verify',
    '--message',
    subject,
  )
}

async function build(options: ReleasesOptions, clone: string): Promise<Release> {
  const before = await archivesIn(options.folder)
  await run(options, clone, 'npm', 'run', 'release', '--', '--out', options.folder, '--arch', 'x64')
  const [made] = (await archivesIn(options.folder)).filter((name) => !before.includes(name))
  const [, version] = /^naru-(.+)-linux-x64\.tar\.gz$/.exec(made ?? '') ?? []
  if (made === undefined || version === undefined) throw new Failure('npm run release has made no archive')
  return { version, file: join(options.folder, made) }
}

async function archivesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.tar.gz'))
}

function run({ env }: ReleasesOptions, cwd: string, command: string, ...args: string[]): Promise<string> {
  const name = `${command} ${args.find((word) => !word.startsWith('-')) ?? ''}`
  const timeoutMs = command === 'npm' ? BUILD_MS : GIT_MS
  return runCommand({ name, command, args, env, cwd, timeoutMs })
}
