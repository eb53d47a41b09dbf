import { nodesOf, type Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import type { PositionFacts } from './facts.ts'

const CHUNK_BYTES = 1024 * 1024
const KEYS_PER_SCAN = 1000
/** Half a billion keys; a scan that has not ended by then never will. */
const SCANS_MAX = 500_000

/**
 * The log of entries, who has claimed, and which entries can be repeated. The records are read before the log: an
 * entry is in the log by the time it has a record. Those of an epoch before give nobody anything (`roomEnter`), and one
 * whose entry was moved gives the index that it has now.
 */
export async function readPositions(redis: Redis, room: string): Promise<PositionFacts> {
  const keys = roomKeys(room)
  const epoch = await redis.hget(keys.settings, 'epoch')
  const records = await readRecords(redis, keys.entry(''), epoch ?? '')
  const [moved, indexes] = await Promise.all([redis.hkeysBuffer(keys.moved), redis.hvals(keys.moved)])
  for (const [i, entry] of moved.entries()) {
    const name = entry.toString('base64url')
    if (records.has(name)) records.set(name, Number(indexes[i]))
  }
  return { records, log: await readBytes(redis, keys.entries), claimed: await readBytes(redis, keys.claimed) }
}

/** A scan covers the keys of one server; those of a room are all on one. */
async function readRecords(redis: Redis, prefix: string, epoch: string): Promise<Map<string, number>> {
  const found = await Promise.all(nodesOf(redis).map((server) => scanRecords(server, prefix, epoch)))
  return new Map(found.flatMap((records) => [...records]))
}

async function scanRecords(redis: Redis, prefix: string, epoch: string): Promise<Map<string, number>> {
  const records = new Map<string, number>()
  let cursor = '0'
  for (let scans = 0; scans < SCANS_MAX; scans += 1) {
    const [next, names] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', KEYS_PER_SCAN)
    const read = names.length === 0 ? [] : await redis.mget(names)
    for (const [i, name] of names.entries()) {
      // An expired record is skipped; one of an earlier release of Naru is the index alone.
      const [, ofEpoch = epoch, index] = /^(?:(\d+) )?(\d+)$/.exec(read[i] ?? '') ?? []
      if (index !== undefined && ofEpoch === epoch) records.set(name.slice(prefix.length), Number(index))
    }
    if (next === '0') return records
    cursor = next
  }
  throw new Error(`Redis has more than ${SCANS_MAX * KEYS_PER_SCAN} keys`)
}

/** `account:type` → units, read while it may change. */
export async function readCounts(redis: Redis, room: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const { counts: key } = roomKeys(room)
  let cursor = '0'
  for (let scans = 0; scans < SCANS_MAX; scans += 1) {
    const [next, fields] = await redis.hscan(key, cursor, 'COUNT', KEYS_PER_SCAN)
    for (let i = 0; i + 1 < fields.length; i += 2) counts.set(fields[i] ?? '', Number(fields[i + 1]))
    if (next === '0') return counts
    cursor = next
  }
  throw new Error(`${key} has more than ${SCANS_MAX * KEYS_PER_SCAN} fields`)
}

async function readBytes(redis: Redis, key: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (;;) {
    const from = chunks.length * CHUNK_BYTES
    const chunk = await redis.getrangeBuffer(key, from, from + CHUNK_BYTES - 1)
    chunks.push(chunk)
    if (chunk.length < CHUNK_BYTES) return Buffer.concat(chunks)
  }
}

/** The positions whose bit is set; the first bit of a byte is its highest. */
export function claimedPositions(bitmap: Buffer): Set<number> {
  const positions = new Set<number>()
  for (const [i, byte] of bitmap.entries()) {
    for (let bit = 0; byte !== 0 && bit < 8; bit += 1) {
      if ((byte & (0x80 >> bit)) !== 0) positions.add(i * 8 + bit)
    }
  }
  return positions
}
