import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { type Entry, packEntries, unpackEntries } from './archive.ts'
import { BackupError, codeOf, notCreated, reasonOf } from './backup-error.ts'

/** Little is gained by more, and a backup must not take a whole core from a sale. */
const COMPRESSION_LEVEL = 3

/** An encrypter to all of these recipients (`age1…`). Throws `BackupError` for one that is none. */
export function encrypterTo(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch {
      throw new BackupError(`"${recipient}" is not a recipient of age, such as age1…`)
    }
  }
  return encrypter
}

/**
 * A decrypter with the identities of a file, as age-keygen writes it: one in a line, and comments. The file is read,
 * and never its content named.
 */
export async function decrypterWith(file: string): Promise<Decrypter> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new BackupError(`The identity cannot be read from ${file}: ${reasonOf(error)}`)
  }
  const lines = text.split('\n').map((line) => line.trim())
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (identities.length === 0) throw new BackupError(`${file} holds no identity of age`)
  const decrypter = new Decrypter()
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity)
    } catch {
      throw new BackupError(`${file} holds a line that is no identity of age (AGE-SECRET-KEY-1…)`)
    }
  }
  return decrypter
}

/** Makes an identity in a new file that only this user can read. Returns its recipient. */
export async function makeIdentity(file: string, now: Date): Promise<string> {
  const identity = await generateX25519Identity()
  const recipient = await identityToRecipient(identity)
  const text = `# created: ${now.toISOString()}\n# public key: ${recipient}\n${identity}\n`
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx', flush: true })
  } catch (error) {
    throw notCreated(file, error)
  }
  return recipient
}

/** Writes entries to a target, packed, compressed and encrypted on the way: nothing else leaves this process. */
export async function writeEntries(
  target: Writable,
  encrypter: Encrypter,
  { entries, time }: { entries: AsyncIterable<Entry>; time: Date },
): Promise<void> {
  await pipeline(
    packEntries(entries, time),
    createGzip({ level: COMPRESSION_LEVEL }),
    async function* (compressed: AsyncIterable<Uint8Array>) {
      yield* await encrypter.encrypt(ReadableStream.from(compressed))
    },
    target,
  )
}

/** The entries of a file. Throws `BackupError` when it cannot be decrypted, or is not whole and unchanged. */
export async function* readEntries(file: string, decrypter: Decrypter): AsyncGenerator<Entry> {
  const source = createReadStream(file)
  try {
    const plain = await decrypter.decrypt(ReadableStream.from<Uint8Array>(source))
    yield* unpackEntries(unzip(plain))
  } catch (error) {
    throw new BackupError(describe(file, error), { cause: error })
  } finally {
    source.destroy()
  }
}

async function* unzip(plain: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const fed = pipeline(Readable.from(plain), gunzip)
  // It is thrown at the end, where what was read says less.
  fed.catch(() => {})
  for await (const chunk of gunzip as AsyncIterable<Uint8Array>) yield chunk
  await fed
}

function describe(file: string, error: unknown): string {
  const reason = reasonOf(error)
  if (codeOf(error) === 'ENOENT') return `There is no file ${file}`
  if (/no identity matched/.test(reason)) return `${file} is encrypted to other recipients than this identity`
  if (/^(EACCES|EISDIR|EIO)$/.test(String(codeOf(error)))) return `${file} cannot be read: ${reason}`
  return `${file} is no backup, or was cut off or changed: ${reason}`
}
