import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Carrier, Letter } from './letter.ts'

/** A letter as it lies in the folder; `at` is in milliseconds since the epoch. */
export type KeptLetter = Letter & { at: number }

export type FolderCarrier = Carrier & {
  /** The letters that are kept, the latest first. */
  read(): Promise<KeptLetter[]>
}

const KeptLetterSchema = z.object({
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  at: z.int(),
})

/** Begins with the time, so that names sort as letters came. */
const NAME = /^\d{15}-[0-9a-f-]{36}\.json$/
const TIME_DIGITS = 15

/**
 * For development: writes every letter into a folder, each a file of JSON, instead of sending it. Letters carry what
 * opens accounts, so only this user may read them.
 *
 * @param keptMax - how many letters stay; the oldest go first
 */
export function createFolderCarrier(options: {
  folder: string
  keptMax: number
  now: () => number
}): FolderCarrier {
  const { folder, keptMax, now } = options

  /** The names of the letters, the latest first. */
  async function names(): Promise<string[]> {
    const all = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    return all
      .filter((name) => NAME.test(name))
      .toSorted()
      .toReversed()
  }

  return {
    async carry(letter) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const at = now()
      const path = join(folder, `${String(at).padStart(TIME_DIGITS, '0')}-${randomUUID()}.json`)
      // Renamed when whole, so that a reader never sees half a letter.
      await writeFile(`${path}.new`, `${JSON.stringify({ ...letter, at }, null, 2)}\n`, { mode: 0o600 })
      await rename(`${path}.new`, path)
      const tooMany = (await names()).slice(keptMax)
      await Promise.all(tooMany.map((name) => rm(join(folder, name), { force: true })))
    },
    async read() {
      const newest = (await names()).slice(0, keptMax)
      const texts = await Promise.all(newest.map((name) => readIfThere(join(folder, name))))
      return texts.flatMap((text) => (text === undefined ? [] : [KeptLetterSchema.parse(JSON.parse(text))]))
    },
    close: () => {},
  }
}

/** A letter may go between the listing and the reading. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
