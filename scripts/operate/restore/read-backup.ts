import type { Decrypter } from 'age-encryption'
import { migrationHashes } from '../../../drizzle/migrate.ts'
import { VERSION } from '../../../shared/runtime/version.ts'
import type { Entry } from '../backup/archive.ts'
import { BackupError, reasonOf } from '../backup/backup-error.ts'
import { readEntries } from '../backup/encryption.ts'
import {
  FORMAT,
  MANIFEST_PATH,
  type Manifest,
  ManifestSchema,
  type Part,
  partOf,
  tableOfPath,
} from '../backup/manifest.ts'

/** An encrypted file, and what decrypts it. */
export type BackupFile = { file: string; decrypter: Decrypter }

/**
 * Reads a whole backup, hands each entry on, and returns its manifest. Throws `BackupError` at the end when an entry is
 * missing, changed or not in the manifest: what was made of the entries must not be used then.
 */
export async function readBackup(
  { file, decrypter }: BackupFile,
  use: (entry: Entry) => Promise<void> = async () => {},
): Promise<Manifest> {
  const found: Part[] = []
  const rows = new Map<string, number>()
  let manifest: Manifest | undefined
  for await (const entry of readEntries(file, decrypter)) {
    if (manifest !== undefined) throw new BackupError(`${file} goes on after its manifest`)
    if (entry.path === MANIFEST_PATH) {
      manifest = parseManifest(file, entry.content)
      continue
    }
    found.push(partOf(entry))
    const table = tableOfPath(entry.path)
    if (table !== undefined) rows.set(table, (rows.get(table) ?? 0) + linesIn(entry.content))
    await use(entry)
  }
  if (manifest === undefined) throw new BackupError(`${file} has no manifest: it is not whole`)
  compare(file, manifest, { found, rows })
  return manifest
}

function parseManifest(file: string, content: Buffer): Manifest {
  let read: unknown
  try {
    read = JSON.parse(content.toString('utf8'))
  } catch (error) {
    throw new BackupError(`The manifest of ${file} cannot be read: ${reasonOf(error)}`)
  }
  const format = typeof read === 'object' && read !== null && 'format' in read ? read.format : undefined
  if (format !== FORMAT) {
    throw new BackupError(`${file} has the format ${String(format)}, and this release restores ${FORMAT}`)
  }
  const parsed = ManifestSchema.safeParse(read)
  if (parsed.success) return parsed.data
  throw new BackupError(`The manifest of ${file} is not valid`)
}

function compare(
  file: string,
  { entries, tables }: Manifest,
  { found, rows }: { found: readonly Part[]; rows: ReadonlyMap<string, number> },
): void {
  const wrong = entries.find((entry, i) => {
    const other = found[i]
    return other?.path !== entry.path || other.bytes !== entry.bytes || other.sha256 !== entry.sha256
  })
  if (wrong !== undefined) throw new BackupError(`${wrong.path} of ${file} is not what the manifest says`)
  if (found.length > entries.length)
    throw new BackupError(`${file} has entries that its manifest does not name`)
  const uncounted = tables.find((table) => (rows.get(table.name) ?? 0) !== table.rows)
  if (uncounted !== undefined) throw new BackupError(`${file} has not all rows of ${uncounted.name}`)
}

const LINE_END = 0x0a

function linesIn(content: Buffer): number {
  let lines = 0
  for (let i = content.indexOf(LINE_END); i >= 0; i = content.indexOf(LINE_END, i + 1)) lines += 1
  return lines
}

/** Throws unless this release has every migration of the backup, and perhaps later ones. */
export function refuseOtherSchema(file: string, { migrations, version }: Manifest): void {
  const ours = migrationHashes()
  if (migrations.length > ours.length && ours.every((hash, i) => hash === migrations[i])) {
    throw new BackupError(
      `${file} has a newer schema (release ${version}, ${migrations.length} migrations) than this release (${VERSION}, ${ours.length}): restore it with that release or a later one`,
    )
  }
  const other = migrations.findIndex((hash, i) => hash !== ours[i])
  if (other >= 0) {
    throw new BackupError(
      `${file} has another schema: its migration ${other + 1} is none of this release (${VERSION})`,
    )
  }
}
