import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Entry } from './archive.ts'

/** Increased when an older program could not restore what this one writes. */
export const FORMAT = 1

/** The last entry of a backup: what the others are. */
export const MANIFEST_PATH = 'manifest.json'
/** The keys, as an environment file. */
export const KEYS_PATH = 'keys.env'

/** They become part of statements, and anyone who knows a recipient can make a backup for it. */
const NameSchema = z.string().regex(/^\w+$/)

const ColumnSchema = z.object({
  name: NameSchema,
  /** Its values are bytes, which rows have in base64. */
  isBinary: z.boolean(),
})
export type Column = z.output<typeof ColumnSchema>

const TableSchema = z.object({ name: NameSchema, columns: z.array(ColumnSchema), rows: z.int() })
export type Table = z.output<typeof TableSchema>

export const ManifestSchema = z.object({
  format: z.int(),
  /** Of the program that made it. */
  version: z.string(),
  /** Everything that was committed before this instant is in the backup. */
  pointInTime: z.iso.datetime(),
  /** The hashes of the migrations that the database had, in their order. */
  migrations: z.array(z.string()),
  tables: z.array(TableSchema),
  /** How many files of images there are, and which were missing in the store. */
  images: z.object({ files: z.int(), missing: z.array(z.string()) }),
  keys: z.array(z.string()),
  entries: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string() })),
})
export type Manifest = z.output<typeof ManifestSchema>

export type Part = Manifest['entries'][number]

/** What the manifest says of an entry. */
export function partOf({ path, content }: Entry): Part {
  return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}

/** Chunks of a table are numbered, from 1. */
export function chunkPath(table: string, number: number): string {
  return `tables/${table}/${String(number).padStart(8, '0')}.jsonl`
}

/** The table that an entry is a chunk of; undefined for other entries. */
export function tableOfPath(path: string): string | undefined {
  return /^tables\/(\w+)\/\d{8}\.jsonl$/.exec(path)?.[1]
}

export function imagePath(name: string): string {
  return `images/${name}`
}

/** The name of the image that an entry is; undefined for other entries. */
export function imageOfPath(path: string): string | undefined {
  return /^images\/([\w.-]+)$/.exec(path)?.[1]
}
