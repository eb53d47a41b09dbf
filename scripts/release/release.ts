import { chmodSync, cpSync, globSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { MANIFEST, type Manifest, sha256Of } from '../host/rollout/releases.ts'
import { writeArchive } from './archive.ts'
import { billOfMaterials } from './bill-of-materials.ts'
import { copy, writeBundles } from './bundles.ts'
import { NATIVE_PACKAGES } from './layout.ts'
import { type Architecture, copyPackages, packagesFor } from './packages.ts'
import { packageVersion, type Version } from './version.ts'

export type ReleaseOptions = {
  /** The checkout. */
  root: string
  /** The folder for the archive and its checksum. */
  out: string
  arch: Architecture
  version: Version
}

/** Runs the host program with the release's own Node, from wherever it is called and through symbolic links. */
const COMMAND = `#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/node" --enable-source-maps "$here/../naru.mjs" "$@"
`

/**
 * Makes the archive of a release for one architecture. The same commit gives the same bytes.
 *
 * @returns the archive's path
 */
export async function makeRelease({ root, out, arch, version }: ReleaseOptions): Promise<string> {
  const name = `naru-${version.version}`
  const work = join(out, `.${name}-${arch}-${process.pid}`)
  const folder = join(work, name)
  const file = join(out, `${name}-linux-${arch}.tar.gz`)
  mkdirSync(folder, { recursive: true })
  try {
    const packages = packagesFor(arch, { root, data: out })
    await fill(folder, packages, { root, arch, version })
    const node = packageVersion(join(packages, `node-linux-${arch}`))
    await writeManifest(folder, { arch, node, version })
    await writeArchive(file, { folder, files: filesOf(folder), time: version.createdAt })
    const sha256 = await sha256Of(file)
    writeFileSync(`${file}.sha256`, `${sha256}  ${basename(file)}\n`)
    writeNewest(out, { arch, version: version.version, file: basename(file), sha256 })
    return file
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Terraform's default release: names have no order, and it cannot read the time of a file. */
function writeNewest(
  out: string,
  newest: { arch: Architecture; version: string; file: string; sha256: string },
): void {
  writeFileSync(join(out, `newest-linux-${newest.arch}.json`), `${JSON.stringify(newest)}\n`)
}

async function fill(
  folder: string,
  packages: string,
  { root, arch, version }: Omit<ReleaseOptions, 'out'>,
): Promise<void> {
  await writeBundles({ folder, version: version.version })
  copyPackages(NATIVE_PACKAGES, packages, join(folder, 'node_modules'))
  mkdirSync(join(folder, 'bin'))
  const node = join(packages, `node-linux-${arch}`)
  cpSync(join(node, 'bin/node'), join(folder, 'bin/node'))
  cpSync(join(node, 'LICENSE'), join(folder, 'bin/node.LICENSE'))
  writeFileSync(join(folder, 'naru.mjs'), "import './host/main.mjs'\n")
  writeFileSync(join(folder, 'bin/naru'), COMMAND, { mode: 0o755 })
  await copy('scripts/host/units', folder)
  writeFileSync(join(folder, 'sbom.json'), billOfMaterials(root, version))
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
}

async function writeManifest(
  folder: string,
  { arch, node, version }: { arch: Architecture; node: string; version: Version },
): Promise<void> {
  const files: Record<string, string> = {}
  for (const path of filesOf(folder)) {
    const isProgram = (statSync(join(folder, path)).mode & 0o111) !== 0
    chmodSync(join(folder, path), isProgram ? 0o755 : 0o644)
    files[path] = await sha256Of(join(folder, path))
  }
  const { commit, createdAt } = version
  const about = { version: version.version, commit, arch, node, createdAt: createdAt.toISOString() }
  const manifest: Manifest = { ...about, files }
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`)
}

/** The paths of all files, sorted by their bytes. */
function filesOf(folder: string): string[] {
  return globSync('**', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
