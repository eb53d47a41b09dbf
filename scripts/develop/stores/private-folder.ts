import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** sun_path of a unix socket holds 108 bytes on Linux and 104 on macOS, with the final zero. */
const SOCKET_PATH_BYTES_MAX = 103
const SOCKET_NAME_BYTES_MAX = 16
const SHARED_MEMORY = '/dev/shm'
const SHARED_MEMORY_FREE_BYTES_MIN = 1024 ** 3

/** Creates a folder that only this user can enter, with a path short enough for a unix socket in it. */
export function makePrivateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'naru-'))
  if (Buffer.byteLength(folder) + 1 + SOCKET_NAME_BYTES_MAX <= SOCKET_PATH_BYTES_MAX) return folder
  rmSync(folder, { recursive: true })
  return mkdtempSync('/tmp/naru-')
}

/** The same for disposable data: in memory where that is plentiful. */
export function makeScratchFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(SHARED_MEMORY)
    if (bavail * bsize >= SHARED_MEMORY_FREE_BYTES_MIN) return mkdtempSync(`${SHARED_MEMORY}/naru-`)
  } catch {
    // not on this system
  }
  return makePrivateFolder()
}

/** Runs something that takes a folder over when it succeeds; when it fails, the folder goes. */
export async function givingFolder<T>(folder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}
