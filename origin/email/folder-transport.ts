import { mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
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

/** An e-mail as stored in the folder. */
export type FolderEmail = z.output<typeof FolderEmailSchema>

export type FolderTransport = EmailTransport & {
  /** The stored e-mails, latest first. */
  read(): Promise<FolderEmail[]>
}

/** Begins with the time, so that names sort by time. */
const NAME = /^\d{15}-[0-9a-f-]{36}\.json$/
const TIME_DIGITS = 15

/**
 * For development: writes every e-mail into a folder, each a file of JSON, instead of sending it. E-mails contain
 * secrets that open accounts, so only this user may read them.
 *
 * @param emailsMax - how many are stored; the oldest are deleted first
 */
export function createFolderTransport(options: {
  folder: string
  emailsMax: number
  now: () => number
}): FolderTransport {
  const { folder, emailsMax, now } = options
  /** The names in the folder, oldest first: read once, so that a rush of e-mails does not list them all each time. */
  let known: Promise<string[]> | undefined

  async function openFolder(): Promise<string[]> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return (await names()).toReversed()
  }

  /** The names of the e-mails, latest first. */
  async function names(): Promise<string[]> {
    const all = await readdir(folder).catch(unlessMissing)
    return (all ?? [])
      .filter((name) => NAME.test(name))
      .toSorted()
      .toReversed()
  }

  /** The folder may have been deleted: the next attempt creates it again. */
  function forget(error: unknown): never {
    known = undefined
    throw error
  }

  return {
    async send({ to, subject, text, attachments = [] }, id) {
      known ??= openFolder()
      const there = await known.catch(forget)
      const at = now()
      const email: FolderEmail = {
        ...{ to, subject, text, at },
        attachments: attachments.map(({ filename, contentType, content }) => ({
          ...{ filename, contentType },
          base64: content.toString('base64'),
        })),
      }
      const name = `${String(at).padStart(TIME_DIGITS, '0')}-${id}.json`
      const path = join(folder, name)
      // Renamed when whole, so that a reader never sees half an e-mail.
      await writeFile(`${path}.new`, `${JSON.stringify(email, null, 2)}\n`, { mode: 0o600 }).catch(forget)
      await rename(`${path}.new`, path)
      there.push(name)
      const tooMany = there.splice(0, Math.max(there.length - emailsMax, 0))
      await Promise.all(tooMany.map((each) => unlink(join(folder, each)).catch(unlessMissing)))
    },
    async read() {
      const newest = (await names()).slice(0, emailsMax)
      const texts = await Promise.all(newest.map((name) => readIfThere(join(folder, name))))
      return texts.flatMap((text) => (text === undefined ? [] : [FolderEmailSchema.parse(JSON.parse(text))]))
    },
    close: () => {},
  }
}

/** An e-mail may be deleted between the listing and the reading. */
function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(unlessMissing)
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
