import { and, asc, eq, gt, isNotNull, type SQL, sql } from 'drizzle-orm'
import type { AnyMySqlColumn } from 'drizzle-orm/mysql-core'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { roomBindings } from '../../drizzle/schema/catalogue.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

const BATCH_MAX = 1000
/** Read per batch from one room; the remainder waits for the next second. */
const BATCHES_MAX = 20

/**
 * The binding of a place. `counted`: the key under which its chance in the draw is counted (`lua/lib/chances`), '' for
 * none. `entry`: its 16 bytes in the log, empty where they are unknown.
 */
export type Binding = { index: number; account: string; counted: string; entry: Buffer }

/**
 * Moves bindings from a room's stream to MySQL. Any number of origins may do so concurrently and repeatedly: rows are
 * written in the order of the stream, an older one never over a newer, and entries are deleted once their rows are
 * committed.
 */
export async function storeBindings(
  { db, redis }: { db: Database; redis: Redis },
  room: string,
): Promise<void> {
  const { bindings } = roomKeys(room)
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const entries = await redis.xrange(bindings, '-', '+', 'COUNT', BATCH_MAX)
    if (entries.length === 0) return
    const newest = new Map(entries.map((entry) => rowOf(room, entry)).map((row) => [row.entryIndex, row]))
    await db
      .insert(roomBindings)
      .values([...newest.values()])
      .onDuplicateKeyUpdate({
        set: {
          accountId: newer(roomBindings.accountId),
          entry: newer(roomBindings.entry),
          counted: newer(roomBindings.counted),
          // Last, because the assignments before it compare with the stored order.
          streamOrder: newer(roomBindings.streamOrder),
        },
      })
    await redis.xdel(bindings, ...entries.map(([id]) => id))
    if (entries.length < BATCH_MAX) return
  }
}

function newer(column: AnyMySqlColumn): SQL {
  const { streamOrder } = roomBindings
  return sql`if(values(${streamOrder}) > ${streamOrder}, values(${column}), ${column})`
}

function rowOf(roomId: string, [id, flat]: [id: string, fields: string[]]) {
  const fields = new Map<string, string>()
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? '', flat[i + 1] ?? '')
  const account = fields.get('account') ?? ''
  const entry = fields.get('entry') ?? ''
  return {
    roomId,
    entryIndex: Number(fields.get('index')),
    accountId: account === '' ? null : account,
    entry: entry === '' ? null : entry,
    counted: fields.get('counted') ?? '',
    streamOrder: orderOf(fields.get('epoch') ?? '', id),
  }
}

/** An entry's order among all of a room, as sortable text: its epoch, and its stream ID within that. */
function orderOf(epoch: string, id: string): string {
  const [milliseconds = '', sequence = ''] = id.split('-')
  return `${epoch.padStart(10, '0')}-${milliseconds.padStart(15, '0')}-${sequence.padStart(10, '0')}`
}

/** All places of a room that are bound, in pages. */
export async function* readBindings(
  db: Database | Transaction,
  room: string,
  rowsMax: number,
): AsyncGenerator<Binding[]> {
  for (let after = -1; ; ) {
    const rows = await db
      .select({
        index: roomBindings.entryIndex,
        account: roomBindings.accountId,
        counted: roomBindings.counted,
        entry: roomBindings.entry,
      })
      .from(roomBindings)
      .where(
        and(
          eq(roomBindings.roomId, room),
          isNotNull(roomBindings.accountId),
          gt(roomBindings.entryIndex, after),
        ),
      )
      .orderBy(asc(roomBindings.entryIndex))
      .limit(rowsMax)
    yield rows.map((row) => ({
      ...row,
      account: row.account ?? '',
      entry: Buffer.from(row.entry ?? '', 'hex'),
    }))
    const last = rows.at(-1)
    if (last === undefined || rows.length < rowsMax) return
    after = last.index
  }
}
