import { open } from 'node:fs/promises'

/** Puts a folder's names on the disk: a new name survives a crash of the host only then. */
export async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder)
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}
