import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pRetry from 'p-retry'
import { type Host, HostError } from '../system/host.ts'
import { checkRelease, makeReadable, makeReleasesFolder, releaseFolder, sha256Of } from './releases.ts'

export type ArchiveSource = {
  /** A file, or `s3://BUCKET/KEY`. */
  archive: string
  sha256: string
  /** The version of the object, in a bucket that keeps several. */
  versionId?: string | undefined
  /** Which release it must be. */
  version?: string
}

/** Opens an object of S3 for reading. */
export type OpenObject = (object: {
  bucket: string
  key: string
  versionId?: string | undefined
}) => Promise<Readable>

export type FetchOptions = { openObject: OpenObject; retryMs?: number }

const ATTEMPTS_MAX = 5
const RETRY_MS = 1000

/**
 * Fetches a release, checks its checksum, unpacks it and compares every file with its manifest. A release that is there
 * already and intact is not fetched again. Whatever fails leaves no part of it behind. Returns its version.
 */
export async function fetchRelease(
  { paths, run, print }: Host,
  source: ArchiveSource,
  { openObject, retryMs = RETRY_MS }: FetchOptions,
): Promise<string> {
  const { archive, sha256 } = source
  const folder = await makeReleasesFolder(paths)
  const [file, unpacked] = [join(folder, '.archive'), join(folder, '.unpacked')]
  try {
    await clean()
    print(`fetching ${archive}`)
    await download(source, file, { openObject, retryMs })
    const found = await sha256Of(file)
    if (found !== sha256.toLowerCase()) {
      throw new HostError(`${archive} has the checksum ${found}, not ${sha256}: it is not installed`)
    }
    await unpack()
    const { version } = await checkRelease(unpacked)
    if (source.version !== undefined && source.version !== version) {
      throw new HostError(`${archive} is the release ${version}, not ${source.version}: it is not installed`)
    }
    const target = releaseFolder(paths, version)
    await makeReadable(unpacked)
    if (!(await isIntact(target))) {
      await rm(target, { recursive: true, force: true })
      await rename(unpacked, target)
    }
    // Releases are removed by age; returning to an older one makes it the newest.
    const now = new Date()
    await utimes(target, now, now)
    return version
  } catch (error) {
    throw outOfSpace(error, paths.naru) ?? error
  } finally {
    await clean()
  }

  async function unpack(): Promise<void> {
    await mkdir(unpacked)
    const options = ['--no-same-owner', '--strip-components=1', '--extract', '--gzip']
    const { status, stderr } = await run('tar', [...options, '--directory', unpacked, '--file', file])
    if (status === 0) return
    if (/No space left/.test(stderr)) throw noSpace(paths.naru)
    throw new HostError(`${archive} cannot be unpacked: ${stderr.trim().split('\n').at(-1)}`)
  }

  async function clean(): Promise<void> {
    for (const path of [file, unpacked]) await rm(path, { recursive: true, force: true })
  }
}

async function isIntact(folder: string): Promise<boolean> {
  try {
    await checkRelease(folder)
    return true
  } catch {
    return false
  }
}

async function download(
  { archive, versionId }: ArchiveSource,
  file: string,
  { openObject, retryMs }: Required<FetchOptions>,
): Promise<void> {
  const object = /^s3:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/.exec(archive)?.groups
  const { bucket, key } = object ?? {}
  const open = async () =>
    bucket === undefined || key === undefined
      ? createReadStream(archive)
      : await openObject({ bucket, key, versionId })
  try {
    await pRetry(async () => pipeline(await open(), createWriteStream(file, { mode: 0o600 })), {
      retries: bucket === undefined ? 0 : ATTEMPTS_MAX - 1,
      minTimeout: retryMs,
      shouldRetry: ({ error }) => codeOf(error) !== 'ENOSPC',
    })
  } catch (error) {
    if (codeOf(error) === 'ENOSPC') throw error
    throw new HostError(`${archive} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function outOfSpace(error: unknown, folder: string): HostError | undefined {
  return codeOf(error) === 'ENOSPC' ? noSpace(folder) : undefined
}

function noSpace(folder: string): HostError {
  return new HostError(`The disk of ${folder} is full: the release is not installed`)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
