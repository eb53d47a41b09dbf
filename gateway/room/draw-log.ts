import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { ENTRY_BYTES } from './entry.ts'

/** Small enough that handling one chunk blocks neither Redis nor this process. */
const CHUNK_BYTES = 2 ** 20

/** The first entries of a room's log, 16 bytes each, in chunks. */
export async function* readEntries(redis: Redis, room: string, count: number): AsyncGenerator<Buffer> {
  for await (const chunk of readChunks(redis, roomKeys(room).entries, count * ENTRY_BYTES)) {
    if (chunk.content.length !== chunk.length)
      throw new Error(`The log of ${room} ends before entry ${count}`)
    yield chunk.content
  }
}

/** The bitmap of the places that take part among the first `count` entries, ⌈count / 8⌉ bytes, in chunks. */
export async function* readParticipants(redis: Redis, room: string, count: number): AsyncGenerator<Buffer> {
  const key = roomKeys(room).participants
  for await (const { content, length } of readChunks(redis, key, Math.ceil(count / 8))) {
    // Redis stores no zeros after the last place that takes part.
    yield content.length === length ? content : Buffer.concat([content], length)
  }
}

async function* readChunks(redis: Redis, key: string, bytes: number) {
  for (let start = 0; start < bytes; start += CHUNK_BYTES) {
    const end = Math.min(start + CHUNK_BYTES, bytes)
    yield { content: await redis.getrangeBuffer(key, start, end - 1), length: end - start }
  }
}
