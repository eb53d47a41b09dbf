import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../develop/stores/testing.ts'
import { makeTestHost } from '../testing/host.ts'
import { makeArchive, packRelease, writeRelease } from '../testing/release.ts'
import { fetchRelease, type OpenObject } from './archive.ts'
import { releaseFolder, releasesFolder } from './releases.ts'

const noObjects: OpenObject = () => Promise.reject(new Error('no object is expected'))

function useHost() {
  const { host, paths } = makeTestHost()
  return {
    paths,
    fetch: (source: { archive: string; sha256: string }, openObject = noObjects) =>
      fetchRelease(host, source, { openObject, retryMs: 1 }),
    releases: () => readdirSync(releasesFolder(paths)),
  }
}

describe('fetching a release', () => {
  it('unpacks a release whose checksum and files are right', async () => {
    const { paths, fetch, releases } = useHost()
    expect(await fetch(await makeArchive({ version: '1.0.0-abc' }))).toBe('1.0.0-abc')
    expect(releases()).toEqual(['1.0.0-abc'])
    const file = join(releaseFolder(paths, '1.0.0-abc'), 'gateway/main.mjs')
    expect(readFileSync(file, 'utf8')).toBe('// 1.0.0-abc\n')
  })

  it('gives files and folders modes with which services can read them, however they were packed', async () => {
    const { paths, fetch } = useHost()
    const folder = await writeRelease(temporaryFolder(), { version: '1.0.0' })
    for (const path of ['bin', 'bin/naru', 'gateway']) chmodSync(join(folder, path), 0o700)
    chmodSync(join(folder, 'gateway/main.mjs'), 0o600)
    const installed = releaseFolder(paths, await fetch(await packRelease(folder)))
    const modes = ['.', 'bin', 'bin/naru', 'gateway', 'gateway/main.mjs'].map(
      (path) => statSync(join(installed, path)).mode & 0o777,
    )
    expect(modes).toEqual([0o755, 0o755, 0o755, 0o755, 0o644])
  })

  it('refuses an archive with another checksum and leaves nothing of it', async () => {
    const { fetch, releases } = useHost()
    const { archive } = await makeArchive({ version: '1.0.0' })
    await expect(fetch({ archive, sha256: '0'.repeat(64) })).rejects.toThrow(/has the checksum .* not 0000/)
    expect(releases()).toEqual([])
  })

  it.each([
    [
      'differs from its manifest',
      (folder: string) => writeFileSync(join(folder, 'gateway/main.mjs'), '// changed'),
    ],
    ['has a file that its manifest lacks', (folder: string) => writeFileSync(join(folder, 'extra'), '')],
  ])('refuses a release that %s', async (words, change) => {
    const { fetch, releases } = useHost()
    const folder = await writeRelease(temporaryFolder(), { version: '1.0.0' })
    change(folder)
    await expect(fetch(await packRelease(folder))).rejects.toThrow(words)
    expect(releases()).toEqual([])
  })

  it('refuses a release for other processors', async () => {
    const arch = process.arch === 'arm64' ? 'x64' : 'arm64'
    await expect(useHost().fetch(await makeArchive({ version: '1.0.0', arch }))).rejects.toThrow(
      `is for ${arch}; this host is ${process.arch}`,
    )
  })

  it('repairs an installed release of which a file was changed', async () => {
    const { paths, fetch } = useHost()
    const source = await makeArchive({ version: '1.0.0' })
    const file = join(releaseFolder(paths, await fetch(source)), 'gateway/main.mjs')
    writeFileSync(file, '// changed')
    await fetch(source)
    expect(readFileSync(file, 'utf8')).toBe('// 1.0.0\n')
  })

  it('tries again where S3 fails, and refuses after the last attempt', async () => {
    const { fetch, releases } = useHost()
    const { archive, sha256 } = await makeArchive({ version: '1.0.0' })
    const source = { archive: 's3://bucket/releases/1.0.0.tar.gz', sha256 }
    let failures = 2
    const flaky: OpenObject = async (object) => {
      expect(object).toEqual({ bucket: 'bucket', key: 'releases/1.0.0.tar.gz' })
      failures -= 1
      if (failures >= 0) throw new Error('S3 is not reachable')
      return Readable.from(readFileSync(archive))
    }
    expect(await fetch(source, flaky)).toBe('1.0.0')
    const down: OpenObject = () => Promise.reject(new Error('S3 is not reachable'))
    await expect(fetch(source, down)).rejects.toThrow(/^s3:.* cannot be read: S3 is not reachable$/)
    expect(releases()).toEqual(['1.0.0'])
  })

  it('says that the disk is full, once, and leaves nothing of the archive', async () => {
    const { paths, fetch, releases } = useHost()
    let opened = 0
    const full: OpenObject = async () => {
      opened += 1
      const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      return new Readable({
        read() {
          this.destroy(error)
        },
      })
    }
    const fetching = fetch({ archive: 's3://bucket/key', sha256: '0'.repeat(64) }, full)
    await expect(fetching).rejects.toThrow(`The disk of ${paths.naru} is full: the release is not installed`)
    expect(opened).toBe(1)
    expect(releases()).toEqual([])
    expect(existsSync(join(releasesFolder(paths), '.archive'))).toBe(false)
  })
})
