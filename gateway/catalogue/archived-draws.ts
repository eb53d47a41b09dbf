import QuickLRU from 'quick-lru'
import { readDrawnChunkRoute } from '../../shared/api/catalogue.ts'
import { Problem } from '../../shared/api/problem.ts'
import { addressOf } from '../../shared/api/route-path.ts'
import { createBoundedQueue } from '../../shared/runtime/bounded-queue.ts'
import type { OriginClient } from '../origin-client/origin-client.ts'

type DrawPart = 'entries' | 'participants'

/** The inputs of archived rooms' draws, as the origin has stored them in MySQL. */
export type ArchivedDraws = {
  /**
   * The first `bytes` bytes of the log, or of the bitmap of participants, in chunks. Throws `unavailable` while the
   * origin is unavailable or does not have all of them.
   */
  read(room: string, part: DrawPart, bytes: number): AsyncGenerator<Uint8Array>
}

/** At most a mebibyte each, so that a draw that many verify concurrently is read from MySQL once. */
const CHUNKS_CACHED_MAX = 32
/** No chunk is larger; a larger response of the origin is rejected. */
const CHUNK_BYTES_MAX = 2 ** 20
/** Downloads of old draws never use up the connections that purchases need. */
const CONCURRENCY_MAX = 4
const QUEUE_MAX = 100
const RETRY_SECONDS = 2

/** Requests a chunk only when the client has read the one before: a slow client holds no connection to the origin. */
export function createArchivedDraws(origin: OriginClient): ArchivedDraws {
  const cached = new QuickLRU<string, Uint8Array>({ maxSize: CHUNKS_CACHED_MAX })
  const asking = new Map<string, Promise<Uint8Array>>()
  const queue = createBoundedQueue({ concurrencyMax: CONCURRENCY_MAX, queueMax: QUEUE_MAX })

  async function ask(path: string): Promise<Uint8Array> {
    const ran = await queue(() => request(origin, path))
    if (ran.status === 'busy') throw unavailable(undefined, ran.retryAfterSeconds)
    cached.set(path, ran.value)
    return ran.value
  }

  async function find(path: string): Promise<Uint8Array> {
    const known = cached.get(path)
    if (known !== undefined) return known
    const asked = asking.get(path) ?? ask(path).finally(() => asking.delete(path))
    asking.set(path, asked)
    try {
      return await asked
    } catch (cause) {
      throw cause instanceof Problem ? cause : unavailable(cause)
    }
  }

  return {
    async *read(room, part, bytes) {
      let left = bytes
      for (let chunk = 0; left > 0; chunk += 1) {
        const content = await find(
          addressOf(readDrawnChunkRoute.path, { festival: room, part, chunk: String(chunk) }),
        )
        yield content.subarray(0, left)
        left -= content.length
      }
    },
  }
}

function unavailable(cause: unknown, retryAfterSeconds = RETRY_SECONDS): Problem {
  return new Problem('unavailable', 'What the draw was made of cannot be read now', {
    retryAfterSeconds,
    cause,
  })
}

async function request(origin: OriginClient, path: string): Promise<Uint8Array> {
  const { statusCode, body } = await origin.request({
    method: 'GET',
    path,
    headers: { authorization: `Bearer ${origin.serviceToken()}` },
  })
  if (statusCode !== 200) {
    await body.dump()
    throw new Error(`The origin answered ${statusCode} when asked for a chunk of a draw`)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > CHUNK_BYTES_MAX) throw new Error('The origin sent a chunk of a draw that is too large')
    chunks.push(chunk)
  }
  if (length === 0) throw new Error('The origin sent an empty chunk of a draw')
  return Buffer.concat(chunks, length)
}
