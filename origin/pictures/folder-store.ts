import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { pictureOf } from '../../shared/catalogue.ts'
import type { PictureStore } from './picture-store.ts'

/** Keeps pictures as files of a folder, which is made when it is missing. Several origins need to share it. */
export function createFolderStore(folder: string): PictureStore {
  return {
    async put(name, content) {
      const path = pathOf(name)
      await mkdir(folder, { recursive: true })
      // Under its name there is never half a picture.
      const unfinished = join(folder, `.${uuidv7()}`)
      const file = await open(unfinished, 'wx')
      try {
        await file.writeFile(content)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(unfinished, path)
    },

    async get(name) {
      try {
        return new Uint8Array(await readFile(pathOf(name)))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
  }

  /** Names come from addresses: only those of pictures lead anywhere. */
  function pathOf(name: string): string {
    if (pictureOf(name) === undefined) throw new Error(`${JSON.stringify(name)} is no picture's name`)
    return join(folder, name)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
