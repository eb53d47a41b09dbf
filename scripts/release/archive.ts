import { createWriteStream } from 'node:fs'
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { create } from 'tar'

/**
 * Packs a folder under its own name, so that the same files give the same bytes on any host: in the given order, with
 * one time and without owners.
 *
 * @param files - paths from the folder, sorted
 */
export async function writeArchive(
  file: string,
  { folder, files, time }: { folder: string; files: readonly string[]; time: Date },
): Promise<void> {
  const packed = create(
    { cwd: dirname(folder), portable: true, mtime: time, noDirRecurse: true },
    files.map((path) => `${basename(folder)}/${path}`),
  )
  await pipeline(packed, createGzip(), createWriteStream(file))
}
