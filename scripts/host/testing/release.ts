import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../develop/stores/testing.ts'
import { type Manifest, sha256Of } from '../rollout/releases.ts'

const UNITS = fileURLToPath(new URL('../units', import.meta.url))

type Given = { version: string; arch?: Manifest['arch']; program?: string }

/** Writes what a release has that the host program looks at. Returns its folder. */
export async function writeRelease(parent: string, { version, arch, program = '' }: Given): Promise<string> {
  const folder = join(parent, version)
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  put('bin/naru', `#!/bin/sh\n${program}\n`)
  chmodSync(join(folder, 'bin/naru'), 0o755)
  put('gateway/main.mjs', `// ${version}\n`)
  cpSync(UNITS, join(folder, 'units'), { recursive: true })
  const files = ['bin/naru', 'gateway/main.mjs', ...unitNames(folder)]
  const sums = files.map(async (path) => [path, await sha256Of(join(folder, path))] as const)
  const manifest: Manifest = {
    version,
    commit: '0'.repeat(40),
    arch: arch ?? (process.arch === 'arm64' ? 'arm64' : 'x64'),
    node: process.version,
    createdAt: '2026-01-01T00:00:00.000Z',
    files: Object.fromEntries(await Promise.all(sums)),
  }
  put('manifest.json', JSON.stringify(manifest))
  return folder
}

const unitNames = (folder: string) =>
  execFileSync('find', ['units', '-type', 'f'], { cwd: folder, encoding: 'utf8' }).trim().split('\n')

/** Packs a folder as the release command does: one folder at the top. */
export async function packRelease(folder: string): Promise<{ archive: string; sha256: string }> {
  const archive = join(temporaryFolder(), 'release.tar.gz')
  execFileSync('tar', ['-czf', archive, '-C', dirname(folder), folder.slice(dirname(folder).length + 1)])
  return { archive, sha256: await sha256Of(archive) }
}

export async function makeArchive(given: Given): Promise<{ archive: string; sha256: string }> {
  return await packRelease(await writeRelease(temporaryFolder(), given))
}
