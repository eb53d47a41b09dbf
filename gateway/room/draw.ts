import { createHash, createHmac } from 'node:crypto'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/** Before the opening nothing but the secret is there; then who takes part is fixed, and soon after the seed. */
export type Draw = { secret: Buffer; lobbyEntries: number | undefined; seed: Buffer | undefined }

/**
 * The position of an entry: the draw's permutation for those who were there when the room opened, the index itself
 * for later ones and in rooms that go by arrival (no draw). Undefined until the lots are drawn.
 */
export function positionOf(index: number, draw: Draw | undefined): number | undefined {
  if (draw === undefined) return index
  const { lobbyEntries, seed } = draw
  if (lobbyEntries === undefined) return undefined
  if (index >= lobbyEntries) return index
  return seed === undefined ? undefined : permute(index, lobbyEntries, seed)
}

/** What is shown from the room's creation on, so that the secret cannot be chosen later: SHA-256 of it, in hex. */
export function commitmentOf(secret: Buffer): string {
  return createHash('sha256').update(secret).digest('hex')
}

/**
 * HMAC-SHA256(secret, room ‖ 0x00 ‖ N as 8 bytes, big-endian ‖ SHA-256(the N entries)). The organiser, who was held
 * to the secret, cannot choose it; nobody else can foresee it, since every fan's entry is in it.
 *
 * @param count - N, how many lobby entries there are
 * @param entriesHash - SHA-256 of them
 */
export function seedOf(secret: Buffer, room: string, count: number, entriesHash: Buffer): Buffer {
  const countBytes = Buffer.alloc(8)
  countBytes.writeBigUInt64BE(BigInt(count))
  return createHmac('sha256', secret)
    .update(Buffer.concat([Buffer.from(`${room}\0`), countBytes, entriesHash]))
    .digest()
}

/**
 * Works out the seed of a room whose draw is due and writes it down. Any number of gateways may do it, at once or
 * again after a crash: all of them find the same. Not while the log is being restored: keys still come back to it. What
 * did not come back is zeros, of which the seed is made all the same: the secret and the keys that are there hide it.
 */
export async function drawLots(
  redis: Redis,
  room: { room: string; epoch: number },
  secret: Buffer,
  lobbyEntries: number,
): Promise<void> {
  const entries = createHash('sha256')
  for await (const piece of readEntries(redis, room.room, lobbyEntries)) entries.update(piece)
  const seed = seedOf(secret, room.room, lobbyEntries, entries.digest())
  const keys = roomKeys(room.room)
  await redis.roomDraw(keys.settings, keys.admission, room.epoch, lobbyEntries, seed.toString('hex'))
}

const ENTRY_BYTES = 16
const PIECE_BYTES = 2 ** 20

/** The first entries of a room's log, 16 bytes each, in pieces that hold up neither Redis nor this process. */
export async function* readEntries(redis: Redis, room: string, count: number): AsyncGenerator<Buffer> {
  const end = count * ENTRY_BYTES
  for (let start = 0; start < end; start += PIECE_BYTES) {
    const last = Math.min(start + PIECE_BYTES, end) - 1
    const piece = await redis.getrangeBuffer(roomKeys(room).entries, start, last)
    if (piece.length !== last - start + 1) throw new Error(`The log of ${room} ends before entry ${count}`)
    yield piece
  }
}

const ROUNDS = 8
const SIZE_MAX = 2 ** 30

/**
 * A keyed permutation of 0…size−1, without a table: a balanced Feistel network over the smallest even number of bits
 * that covers `size`, walked until it lands inside (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
 *
 * @param seed - the key of its round function, HMAC-SHA256
 */
export function permute(value: number, size: number, seed: Buffer): number {
  if (!Number.isInteger(size) || size < 1 || size > SIZE_MAX)
    throw new RangeError(`size must be 1 to ${SIZE_MAX}`)
  if (!Number.isInteger(value) || value < 0 || value >= size)
    throw new RangeError('value must be in 0…size−1')
  const halfBits = Math.max(1, Math.ceil(Math.log2(size) / 2))
  // The network permutes a domain under four times the size, so the cycle that starts inside comes back inside; each
  // step of it does with a chance above a quarter.
  let walked = value
  do walked = encipher(walked, halfBits, seed)
  while (walked >= size)
  return walked
}

function encipher(value: number, halfBits: number, seed: Buffer): number {
  const mask = 2 ** halfBits - 1
  let left = value >>> halfBits
  let right = value & mask
  for (let round = 0; round < ROUNDS; round += 1) {
    ;[left, right] = [right, left ^ (roundValue(right, round, seed) & mask)]
  }
  return left * 2 ** halfBits + right
}

function roundValue(half: number, round: number, seed: Buffer): number {
  const input = Buffer.alloc(5)
  input.writeUInt8(round, 0)
  input.writeUInt32BE(half, 1)
  return createHmac('sha256', seed).update(input).digest().readUInt32BE(0)
}
