import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { imageOf } from '../../shared/catalogue.ts'
import { syncFolder } from '../../shared/runtime/sync-folder.ts'
import type { ImageStore } from './image-store.ts'

/** Stores images as files of a folder, which is created when it is missing. Several origins must share it. */
export function createFolderStore(folder: string): ImageStore {
  return {
    async put(name, content) {
      const path = pathOf(name)
      if (await isThere(path)) return
      await mkdir(folder, { recursive: true })
      // A file with an image's final name is always complete.
      const unfinished = join(folder, `.${uuidv7()}`)
      try {
        await writeDurably(unfinished, content)
        await rename(unfinished, path)
      } catch (error) {
        await rm(unfinished, { force: true })
        throw error
      }
      await syncFolder(folder)
    },

    async get(name) {
      try {
        return new Uint8Array(await readFile(pathOf(name)))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },

    async remove(name) {
      await rm(pathOf(name), { force: true })
    },
  }

  /** Names come from URLs: only names of images are accepted. */
  function pathOf(name: string): string {
    if (imageOf(name) === undefined) throw new Error(`${JSON.stringify(name)} is no image's name`)
    return join(folder, name)
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

async function writeDurably(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
