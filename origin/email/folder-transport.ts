import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { EmailTransport } from './message.ts'

const FolderEmailSchema = z.object({
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  /** In milliseconds since the epoch. */
  at: z.int(),
  attachments: z
    .array(z.object({ filename: z.string(), contentType: z.string(), base64: z.string() }))
    .default([]),
})

/** An e-mail as it lies in the folder. */
export type FolderEmail = z.output<typeof FolderEmailSchema>

export type FolderTransport = EmailTransport & {
  /** The e-mails that are there, the latest first. */
  read(): Promise<FolderEmail[]>
}

/** Begins with the time, so that names sort as e-mails came. */
const NAME = /^\d{15}-[0-9a-f-]{36}\.json$/
const TIME_DIGITS = 15

/**
 * For development: writes every e-mail into a folder, each a file of JSON, instead of sending it. E-mails hold what
 * opens accounts, so only this user may read them.
 *
 * @param emailsMax - how many stay; the oldest go first
 */
export function createFolderTransport(options: {
  folder: string
  emailsMax: number
  now: () => number
}): FolderTransport {
  const { folder, emailsMax, now } = options

  /** The names of the e-mails, the latest first. */
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
    async send({ to, subject, text, attachments = [] }, id) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const at = now()
      const email: FolderEmail = {
        ...{ to, subject, text, at },
        attachments: attachments.map(({ filename, contentType, content }) => ({
          ...{ filename, contentType },
          base64: content.toString('base64'),
        })),
      }
      const path = join(folder, `${String(at).padStart(TIME_DIGITS, '0')}-${id}.json`)
      // Renamed when whole, so that a reader never sees half an e-mail.
      await writeFile(`${path}.new`, `${JSON.stringify(email, null, 2)}\n`, { mode: 0o600 })
      await rename(`${path}.new`, path)
      const tooMany = (await names()).slice(emailsMax)
      await Promise.all(tooMany.map((name) => rm(join(folder, name), { force: true })))
    },
    async read() {
      const newest = (await names()).slice(0, emailsMax)
      const texts = await Promise.all(newest.map((name) => readIfThere(join(folder, name))))
      return texts.flatMap((text) => (text === undefined ? [] : [FolderEmailSchema.parse(JSON.parse(text))]))
    },
    close: () => {},
  }
}

/** An e-mail may go between the listing and the reading. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
