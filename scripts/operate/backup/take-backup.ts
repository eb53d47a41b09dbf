import { stat } from 'node:fs/promises'
import type { ImageStore } from '../../../origin/images/image-store.ts'
import { IMAGE_WIDTHS, imageName } from '../../../shared/catalogue.ts'
import { VERSION } from '../../../shared/runtime/version.ts'
import type { Entry } from './archive.ts'
import { keysText, NEEDED_KEYS } from './backed-up-keys.ts'
import { BackupError } from './backup-error.ts'
import { encrypterTo, writeEntries } from './encryption.ts'
import {
  chunkPath,
  FORMAT,
  imagePath,
  KEYS_PATH,
  MANIFEST_PATH,
  type Manifest,
  type Part,
  partOf,
} from './manifest.ts'
import { openSnapshot, type Snapshot } from './snapshot.ts'
import { type OpenTarget, targetFile, writeWhole } from './target.ts'

export type BackupOptions = {
  databaseUrl: string
  images: Pick<ImageStore, 'get'>
  keys: Readonly<Record<string, string>>
  /** A folder, or a file that does not exist. */
  to: string
  recipients: readonly string[]
  openTarget?: OpenTarget
}

export type Backup = { file: string; bytes: number; manifest: Manifest }

/** Rows of a table that are encoded together. */
const CHUNK_LENGTH = 1024 * 1024

/** Makes a backup of a system that may be selling. Throws `BackupError`, and leaves no part of it behind. */
export async function takeBackup(options: BackupOptions): Promise<Backup> {
  const { databaseUrl, keys, to, recipients, openTarget } = options
  const missing = NEEDED_KEYS.filter((name) => keys[name] === undefined)
  if (missing.length > 0) {
    throw new BackupError(`${missing.join(' and ')} must be set: without it no ticket scans after a restore`)
  }
  const encrypter = encrypterTo(recipients)
  const file = await targetFile(to, new Date())
  const snapshot = await openSnapshot(databaseUrl)
  const contents = createContents(snapshot, options)
  try {
    await writeWhole(
      file,
      (target) =>
        writeEntries(target, encrypter, { entries: contents.entries(), time: snapshot.pointInTime }),
      openTarget,
    )
  } finally {
    snapshot.close()
  }
  return { file, bytes: (await stat(file)).size, manifest: contents.manifest() }
}

/** What goes into a backup of a snapshot, and the manifest of that. */
function createContents(snapshot: Snapshot, { images, keys }: Pick<BackupOptions, 'images' | 'keys'>) {
  const parts: Part[] = []
  const rows = new Map<string, number>()
  const missing: string[] = []
  let files = 0

  const manifest = (): Manifest => ({
    format: FORMAT,
    version: VERSION,
    pointInTime: snapshot.pointInTime.toISOString(),
    migrations: snapshot.migrations,
    tables: snapshot.tables.map((table) => ({ ...table, rows: rows.get(table.name) ?? 0 })),
    images: { files, missing },
    keys: Object.keys(keys),
    entries: parts,
  })

  async function* tables(): AsyncGenerator<Entry> {
    for (const table of snapshot.tables) {
      let number = 0
      for await (const { lines, count } of chunksOf(snapshot.rows(table))) {
        number += 1
        rows.set(table.name, (rows.get(table.name) ?? 0) + count)
        yield { path: chunkPath(table.name, number), content: Buffer.from(lines) }
      }
    }
  }

  /** After the tables: an image that a festival of the snapshot uses stays in the store for a day at least. */
  async function* imageFiles(): AsyncGenerator<Entry> {
    const names = (await snapshot.images()).flatMap((image) =>
      IMAGE_WIDTHS.map((width) => imageName(image, width)),
    )
    for (const name of names) {
      const content = await images.get(name)
      if (content === undefined) missing.push(name)
      else {
        files += 1
        yield { path: imagePath(name), content: Buffer.from(content) }
      }
    }
  }

  async function* listed(): AsyncGenerator<Entry> {
    yield { path: KEYS_PATH, content: Buffer.from(keysText(keys)) }
    yield* tables()
    yield* imageFiles()
  }

  return {
    manifest,
    async *entries(): AsyncGenerator<Entry> {
      for await (const entry of listed()) {
        parts.push(partOf(entry))
        yield entry
      }
      yield { path: MANIFEST_PATH, content: Buffer.from(JSON.stringify(manifest())) }
    },
  }
}

async function* chunksOf(rows: AsyncIterable<unknown>): AsyncGenerator<{ lines: string; count: number }> {
  let [lines, count] = ['', 0]
  for await (const row of rows) {
    lines += `${JSON.stringify(row)}\n`
    count += 1
    if (lines.length < CHUNK_LENGTH) continue
    yield { lines, count }
    ;[lines, count] = ['', 0]
  }
  if (count > 0) yield { lines, count }
}
