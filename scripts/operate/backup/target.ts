import { createWriteStream } from 'node:fs'
import { access, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { syncFolder } from '../../../shared/runtime/sync-folder.ts'
import { BackupError, codeOf, reasonOf } from './backup-error.ts'

/** Opens an unfinished file for writing; it must not exist. */
export type OpenTarget = (path: string) => Writable

const openNew: OpenTarget = (path) => createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })

/** The file that a backup goes to: in a folder it is named by its time. Throws when it exists. */
export async function targetFile(to: string, now: Date): Promise<string> {
  const file = (await isFolder(to))
    ? join(to, `naru-${now.toISOString().replace(/[-:]|\.\d+/g, '')}.tar.gz.age`)
    : to
  await refuseExisting(file)
  return resolve(file)
}

/**
 * Lets `write` fill a file that gets its name only when it is complete and on the disk. Whatever fails leaves no part of
 * it behind.
 */
export async function writeWhole(
  file: string,
  write: (target: Writable) => Promise<void>,
  openTarget: OpenTarget = openNew,
): Promise<void> {
  const folder = dirname(file)
  const draft = join(folder, `.naru-backup-${process.pid}.part`)
  try {
    await mkdir(folder, { recursive: true })
    await write(openTarget(draft))
    await refuseExisting(file)
    await rename(draft, file)
    await syncFolder(folder)
  } catch (error) {
    await rm(draft, { force: true })
    if (codeOf(error) === 'ENOSPC') throw new BackupError(`The disk of ${folder} is full: there is no backup`)
    if (/^(EACCES|EROFS|EPERM|EDQUOT|EIO)$/.test(String(codeOf(error)))) {
      throw new BackupError(`${folder} cannot be written: ${reasonOf(error)}`)
    }
    throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  if (path.endsWith('/')) return true
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

async function refuseExisting(file: string): Promise<void> {
  try {
    await access(file)
  } catch {
    return
  }
  throw new BackupError(`${file} exists already, and is not overwritten`)
}
