import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { HostError, type HostPaths } from '../system/host.ts'

/** What a release says about itself; written by the command that builds it. */
const ManifestSchema = z.object({
  version: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.-]{0,80}$/, 'names no version'),
  commit: z.string(),
  arch: z.enum(['x64', 'arm64']),
  node: z.string(),
  createdAt: z.string(),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
})
export type Manifest = z.infer<typeof ManifestSchema>

export const MANIFEST = 'manifest.json'
/** Releases that stay on the host beside the current one, for the way back. */
const OTHER_RELEASES_MAX = 2

export const releasesFolder = ({ naru }: HostPaths) => join(naru, 'releases')
export const releaseFolder = (paths: HostPaths, version: string) => join(releasesFolder(paths), version)

/** The version that this host runs, undefined before the first. */
export async function currentVersion({ naru }: HostPaths): Promise<string | undefined> {
  try {
    return basename(await readlink(join(naru, 'current')))
  } catch {
    return undefined
  }
}

/** Makes a release the one that starts with the host. The link changes in one step. */
export async function makeCurrent({ naru }: HostPaths, version: string): Promise<void> {
  const draft = join(naru, '.current')
  await rm(draft, { force: true })
  await symlink(join('releases', version), draft)
  await rename(draft, join(naru, 'current'))
}

/** Reads a release's manifest, and compares every file with it. */
export async function checkRelease(folder: string, arch: string = process.arch): Promise<Manifest> {
  const manifest = await readManifest(folder)
  if (manifest.arch !== arch) {
    throw new HostError(`The release ${manifest.version} is for ${manifest.arch}; this host is ${arch}`)
  }
  const found = new Set(await filesIn(folder))
  for (const [path, expected] of Object.entries(manifest.files)) {
    if (!found.delete(path)) throw new HostError(`The release ${manifest.version} lacks ${path}`)
    if ((await sha256Of(join(folder, path))) !== expected) {
      throw new HostError(`${path} of the release ${manifest.version} differs from its manifest`)
    }
  }
  found.delete(MANIFEST)
  const [stranger] = found
  if (stranger === undefined) return manifest
  throw new HostError(`The release ${manifest.version} has a file that its manifest lacks: ${stranger}`)
}

async function readManifest(folder: string): Promise<Manifest> {
  try {
    return ManifestSchema.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')))
  } catch (cause) {
    throw new HostError(`${folder} has no ${MANIFEST} of a release`, { cause })
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** Gives a release the modes that services need, however private those are with which it was unpacked. */
export async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isSymbolicLink()) continue
    const isOpened = entry.isDirectory() || ((await stat(path)).mode & 0o100) !== 0
    await chmod(path, isOpened ? 0o755 : 0o644)
  }
}

/** Removes all but the current release and the latest others. Returns the removed versions. */
export async function pruneReleases(paths: HostPaths, current: string): Promise<string[]> {
  const folder = releasesFolder(paths)
  const others = (await readdir(folder)).filter((name) => name !== current)
  const dated = await Promise.all(
    others.map(async (name) => ({ name, since: (await stat(join(folder, name))).mtimeMs })),
  )
  const latestFirst = dated.toSorted((a, b) => b.since - a.since).map(({ name }) => name)
  const removed = [
    // Unpacking that was interrupted.
    ...latestFirst.filter((name) => name.startsWith('.')),
    ...latestFirst.filter((name) => !name.startsWith('.')).slice(OTHER_RELEASES_MAX),
  ]
  for (const name of removed) await rm(join(folder, name), { recursive: true, force: true })
  return removed
}

/** Makes the folder of releases, so that what is unpacked in it can be renamed in one step. */
export async function makeReleasesFolder(paths: HostPaths): Promise<string> {
  const folder = releasesFolder(paths)
  await mkdir(folder, { recursive: true })
  return folder
}

/** Copies the release in a folder to where hosts have theirs, and checks it there. Returns its version. */
export async function copyRelease(paths: HostPaths, folder: string): Promise<string> {
  const { version } = await readManifest(folder)
  const target = releaseFolder(paths, version)
  if ((await realpath(folder)) === (await realpath(target).catch(() => undefined))) return version
  const draft = join(await makeReleasesFolder(paths), '.unpacked')
  try {
    await rm(draft, { recursive: true, force: true })
    await cp(folder, draft, { recursive: true })
    await checkRelease(draft)
    await makeReadable(draft)
    await rm(target, { recursive: true, force: true })
    await rename(draft, target)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return version
}

/** The folder of the release that a program's Node belongs to. */
export const releaseOf = (node: string = process.execPath) => dirname(dirname(node))

/** The version of the release that a program's Node belongs to. Throws for any other Node. */
export async function versionOf(node: string = process.execPath): Promise<string> {
  return (await readManifest(releaseOf(node))).version
}
