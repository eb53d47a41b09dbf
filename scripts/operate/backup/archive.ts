import { Header } from 'tar'
import { BackupError } from './backup-error.ts'

/** A file of an archive. Contents are small enough for memory: tables come in chunks. */
export type Entry = { path: string; content: Buffer }

const BLOCK_BYTES = 512
/** The longest row of a table is 16 MiB, a third more in base64. */
const ENTRY_BYTES_MAX = 64 * 1024 * 1024

/** The bytes of a tar archive (POSIX ustar), so that `age --decrypt FILE | tar --list --gzip` reads a backup as well. */
export async function* packEntries(entries: AsyncIterable<Entry>, time: Date): AsyncGenerator<Buffer> {
  for await (const { path, content } of entries) {
    const block = Buffer.alloc(BLOCK_BYTES)
    const header = new Header({ path, size: content.length, mode: 0o600, mtime: time, type: 'File' })
    if (header.encode(block)) throw new Error(`${path} is too long for an archive`)
    yield block
    yield content
    yield Buffer.alloc(paddingOf(content.length))
  }
  yield Buffer.alloc(2 * BLOCK_BYTES)
}

/** The files of a tar archive, in its order. Throws for anything else than what `packEntries` writes. */
export async function* unpackEntries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const take = createTaker(chunks)
  for (;;) {
    const header = new Header(await take(BLOCK_BYTES))
    if (header.nullBlock) break
    const { path, size = 0, cksumValid } = header
    if (!cksumValid || path === undefined || size > ENTRY_BYTES_MAX) {
      throw new BackupError('it is not an archive of this program')
    }
    const content = await take(size)
    await take(paddingOf(size))
    yield { path, content }
  }
  // The rest is read too: the end of what is encrypted proves that nothing is missing.
  for await (const _ of chunks) void _
}

function paddingOf(bytes: number): number {
  return (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES
}

/** Takes so many bytes from the start of a stream at each call. */
function createTaker(chunks: AsyncIterable<Uint8Array>): (bytes: number) => Promise<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]()
  let rest = Buffer.alloc(0)
  return async (bytes) => {
    const parts = [rest]
    let length = rest.length
    while (length < bytes) {
      const { done, value } = await iterator.next()
      if (done === true) throw new BackupError('it ends too early')
      parts.push(Buffer.from(value))
      length += value.length
    }
    const all = parts.length === 1 ? rest : Buffer.concat(parts, length)
    rest = all.subarray(bytes)
    return all.subarray(0, bytes)
  }
}
