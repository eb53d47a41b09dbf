import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { drawnEntries, rooms } from '../../drizzle/schema/catalogue.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

const ENTRY_BYTES = 16
/** Small enough to hold up neither store. */
const PIECE_BYTES = 2 ** 20

/**
 * Keeps a draw in MySQL: the log it was made of in pieces, and then its number and seed, which say that the log is
 * complete. Any origin may do it, at once with others or again after a crash.
 *
 * Each piece is read together with the epoch: within one epoch the log of a draw does not change, and in another
 * it may be gone.
 */
export async function keepDraw(
  { db, redis }: { db: Database; redis: Redis },
  room: string,
  epoch: number,
  { lobbyEntries, seed }: { lobbyEntries: number; seed: string },
): Promise<'kept' | 'lost'> {
  const bytes = lobbyEntries * ENTRY_BYTES
  for (let piece = 0; piece * PIECE_BYTES < bytes; piece += 1) {
    const start = piece * PIECE_BYTES
    const end = Math.min(start + PIECE_BYTES, bytes)
    const content = await readPiece(redis, room, epoch, start, end)
    if (content === undefined) return 'lost'
    await db
      .insert(drawnEntries)
      .values({ roomId: room, piece, content })
      .onDuplicateKeyUpdate({ set: { content: sql`values(${drawnEntries.content})` } })
  }
  const [kept] = await db
    .update(rooms)
    .set({ lobbyEntries, drawSeed: seed })
    .where(and(eq(rooms.id, room), eq(rooms.epoch, epoch), isNull(rooms.drawSeed)))
  return kept.affectedRows === 1 ? 'kept' : 'lost'
}

/** Undefined in another epoch. */
async function readPiece(
  redis: Redis,
  room: string,
  epoch: number,
  start: number,
  end: number,
): Promise<Buffer | undefined> {
  const keys = roomKeys(room)
  const read = await redis
    .multi()
    .hget(keys.settings, 'epoch')
    .getrangeBuffer(keys.entries, start, end - 1)
    .exec()
  const [[, epochNow] = [], [, content] = []] = read ?? []
  if (epochNow !== String(epoch) || !Buffer.isBuffer(content)) return undefined
  return content.length === end - start ? content : undefined
}

/** The log of a draw that was kept, piece by piece: where in the log it begins, in bytes, and the piece. */
export async function* readDrawnLog(
  db: Database | Transaction,
  room: string,
): AsyncGenerator<{ offsetBytes: number; content: Buffer }> {
  const rows = await db
    .select({ piece: drawnEntries.piece })
    .from(drawnEntries)
    .where(eq(drawnEntries.roomId, room))
    .orderBy(asc(drawnEntries.piece))
  for (const { piece } of rows) {
    const [row] = await db
      .select({ content: drawnEntries.content })
      .from(drawnEntries)
      .where(and(eq(drawnEntries.roomId, room), eq(drawnEntries.piece, piece)))
    if (row !== undefined) yield { offsetBytes: piece * PIECE_BYTES, content: row.content }
  }
}
