import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sha256Of } from '../../host/rollout/releases.ts'
import { ownArchitecture } from '../../release/packages.ts'
import { makeRelease } from '../../release/release.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const BYTES_MAX = 90_000_000
const VERSION = {
  version: '0.1.0-0123456789ab',
  commit: '0123456789ab'.padEnd(40, '0'),
  createdAt: new Date('2026-05-01T12:00:00Z'),
}
const arch = ownArchitecture()

const folder = mkdtempSync(join(tmpdir(), 'naru-release-'))
const unpacked = join(folder, `naru-${VERSION.version}`)
let archive: string

async function makeIn(name: string): Promise<string> {
  const out = join(folder, name)
  mkdirSync(out, { recursive: true })
  return await makeRelease({ root: ROOT, out, arch, version: VERSION })
}

beforeAll(async () => {
  archive = await makeIn('first')
  execFileSync('tar', ['-xzf', archive, '-C', folder])
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

it('has the same bytes when it is made again, elsewhere', async () => {
  const again = await makeIn('some/other/place')
  expect(basename(again)).toBe(`naru-${VERSION.version}-linux-${arch}.tar.gz`)
  expect(await sha256Of(again)).toBe(await sha256Of(archive))
})

it('is at most 90 MB, and comes with its checksum', async () => {
  expect(statSync(archive).size).toBeLessThanOrEqual(BYTES_MAX)
  execFileSync('sha256sum', ['--check', '--strict', `${basename(archive)}.sha256`], {
    cwd: join(archive, '..'),
  })
})

it('is named as the newest one beside it, for terraform', () => {
  const newest: unknown = JSON.parse(readFileSync(join(archive, '..', `newest-linux-${arch}.json`), 'utf8'))
  expect(newest).toMatchObject({ version: VERSION.version, file: basename(archive) })
})

it('lists every file with its checksum, the version and the commit', async () => {
  const manifest = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8')) as {
    files: Record<string, string>
  }
  const { version, commit, createdAt } = VERSION
  const node = execFileSync(join(unpacked, 'bin/node'), ['--version'], { encoding: 'utf8' }).trim()
  expect(manifest).toMatchObject({
    version,
    commit,
    arch,
    node: node.slice(1),
    createdAt: createdAt.toISOString(),
  })
  const listed = execFileSync('find', ['.', '-type', 'f', '-printf', '%P\n'], {
    cwd: unpacked,
    encoding: 'utf8',
  })
  const files = listed.trim().split('\n')
  expect(Object.keys(manifest.files)).toEqual(files.filter((file) => file !== 'manifest.json').sort())
  for (const [file, sha256] of Object.entries(manifest.files))
    expect([file, await sha256Of(join(unpacked, file))]).toEqual([file, sha256])
})

it('has the packages that are not JavaScript, and no others', () => {
  const packages = execFileSync('find', ['node_modules', '-name', 'package.json', '-printf', '%h\n'], {
    cwd: unpacked,
    encoding: 'utf8',
  })
  const names = packages
    .trim()
    .split('\n')
    .map((path) => path.replace('node_modules/', ''))
  expect(names.filter((name) => !name.startsWith('@img/')).toSorted()).toEqual(
    expect.arrayContaining(['@node-rs/argon2', 'sharp']),
  )
  expect(names).not.toContain('esbuild')
  expect(names).not.toContain('drizzle-orm')
})

it('has the licences of the packages in its bundles', () => {
  const licences = readFileSync(join(unpacked, 'licences.txt'), 'utf8')
  for (const name of ['drizzle-orm', 'hono', 'ioredis', '@aws-sdk/client-s3'])
    expect(licences).toMatch(new RegExp(`^${name}\n\nLicence: (MIT|Apache-2.0)\n`, 'm'))
})

it('has a bill of materials that does not change from one day to the next', () => {
  const bill = JSON.parse(readFileSync(join(unpacked, 'sbom.json'), 'utf8')) as {
    bomFormat: string
    metadata: { timestamp: string }
    components: { name: string }[]
  }
  expect(bill.bomFormat).toBe('CycloneDX')
  expect(bill.metadata.timestamp).toBe(VERSION.createdAt.toISOString())
  const names = bill.components.map(({ name }) => name)
  expect(names).toContain('drizzle-orm')
  expect(names).not.toContain('vitest')
})
