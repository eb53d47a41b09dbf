import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { drawnEntries, drawnParticipants, rooms } from '../../drizzle/schema/catalogue.ts'
import { type DrawRecord, formatDrawRecord, parseDrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { RoomRow } from '../festivals/read-catalogue.ts'

const ENTRY_BYTES = 16
/** Small enough not to block either store. */
const CHUNK_BYTES = 2 ** 20

/**
 * Stores a closed lobby in MySQL, as soon as its record exists: its log and its participants in chunks, and then the
 * record, which marks these as complete. Any origin may do it, concurrently with others or again after a crash.
 *
 * Each chunk is read together with the epoch: within one epoch the log of a draw does not change, and in another it may
 * be lost.
 */
export async function storeDraw(
  { db, redis }: { db: Database; redis: Redis },
  room: string,
  epoch: number,
  record: DrawRecord,
): Promise<'stored' | 'lost'> {
  const { lobbyEntries, closing, seed } = record
  const keys = roomKeys(room)
  const source = { redis, room, epoch }
  const log = { key: keys.entries, bytes: lobbyEntries * ENTRY_BYTES, table: drawnEntries }
  if (!(await storeChunks(db, { ...source, ...log }))) return 'lost'
  if (closing !== undefined) {
    const bitmap = { key: keys.participants, bytes: Math.ceil(lobbyEntries / 8), table: drawnParticipants }
    if (!(await storeChunks(db, { ...source, ...bitmap }))) return 'lost'
  }
  const [stored] = await db
    .update(rooms)
    .set({
      lobbyEntries,
      drawRecord: formatDrawRecord(record),
      ...(seed === undefined ? {} : { drawSeed: seed }),
    })
    .where(and(eq(rooms.id, room), eq(rooms.epoch, epoch), isNull(rooms.drawSeed)))
  return stored.affectedRows === 1 ? 'stored' : 'lost'
}

/** The same for the seed of a draw whose log is stored already. */
export async function storeSeed(
  db: Database,
  room: string,
  epoch: number,
  record: DrawRecord,
): Promise<void> {
  const { seed } = record
  if (seed === undefined) return
  await db
    .update(rooms)
    .set({ drawRecord: formatDrawRecord(record), drawSeed: seed })
    .where(and(eq(rooms.id, room), eq(rooms.epoch, epoch), isNull(rooms.drawSeed)))
}

type ChunkTable = typeof drawnEntries | typeof drawnParticipants

async function storeChunks(
  db: Database,
  source: { redis: Redis; room: string; epoch: number; key: string; bytes: number; table: ChunkTable },
): Promise<boolean> {
  const { room, bytes, table } = source
  for (let chunk = 0; chunk * CHUNK_BYTES < bytes; chunk += 1) {
    const start = chunk * CHUNK_BYTES
    const content = await readChunk(source, start, Math.min(start + CHUNK_BYTES, bytes))
    if (content === undefined) return false
    await db
      .insert(table)
      .values({ roomId: room, chunk, content })
      .onDuplicateKeyUpdate({ set: { content: sql`values(${table.content})` } })
  }
  return true
}

/** Undefined in another epoch, and when the log ends before. */
async function readChunk(
  {
    redis,
    room,
    epoch,
    key,
    table,
  }: { redis: Redis; room: string; epoch: number; key: string; table: ChunkTable },
  start: number,
  end: number,
): Promise<Buffer | undefined> {
  const read = await redis
    .multi()
    .hget(roomKeys(room).settings, 'epoch')
    .getrangeBuffer(key, start, end - 1)
    .exec()
  const [[, epochNow] = [], [, content] = []] = read ?? []
  if (epochNow !== String(epoch) || !Buffer.isBuffer(content)) return undefined
  if (content.length === end - start) return content
  // Redis stores no zeros behind the last set bit of a bitmap.
  return table === drawnParticipants ? Buffer.concat([content], end - start) : undefined
}

/** The stored log of a draw, chunk by chunk: its offset in the log, in bytes, and the chunk. */
export function readDrawnLog(db: Database | Transaction, room: string) {
  return readChunks(db, room, drawnEntries)
}

/** The stored participants of a draw, likewise. */
export function readDrawnParticipants(db: Database | Transaction, room: string) {
  return readChunks(db, room, drawnParticipants)
}

async function* readChunks(
  db: Database | Transaction,
  room: string,
  table: ChunkTable,
): AsyncGenerator<{ offsetBytes: number; content: Buffer }> {
  const rows = await db
    .select({ chunk: table.chunk })
    .from(table)
    .where(eq(table.roomId, room))
    .orderBy(asc(table.chunk))
  for (const { chunk } of rows) {
    const content = await readChunkOf(db, room, table, chunk)
    if (content !== undefined) yield { offsetBytes: chunk * CHUNK_BYTES, content }
  }
}

/**
 * One stored chunk of a draw, a mebibyte at most: of its log, or of its participants. Undefined where there is none.
 */
export async function readDrawnChunk(
  db: Database,
  room: string,
  part: 'entries' | 'participants',
  chunk: number,
): Promise<Buffer | undefined> {
  return await readChunkOf(db, room, part === 'entries' ? drawnEntries : drawnParticipants, chunk)
}

async function readChunkOf(
  db: Database | Transaction,
  room: string,
  table: ChunkTable,
  chunk: number,
): Promise<Buffer | undefined> {
  const [row] = await db
    .select({ content: table.content })
    .from(table)
    .where(and(eq(table.roomId, room), eq(table.chunk, chunk)))
  return row?.content
}

/** The draw in a room's row. */
export type StoredDraw = Pick<RoomRow, 'lobbyEntries' | 'drawSeed' | 'drawRecord'>

/** The record that MySQL has of a draw; undefined before the opening. */
export function storedRecord(row: StoredDraw | undefined): DrawRecord | undefined {
  if (typeof row?.drawRecord === 'string') return parseDrawRecord(row.drawRecord)
  if (typeof row?.drawSeed !== 'string' || row.lobbyEntries === null) return undefined
  return { lobbyEntries: row.lobbyEntries, closing: undefined, signature: undefined, seed: row.drawSeed }
}
