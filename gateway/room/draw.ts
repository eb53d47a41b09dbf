import { createHmac } from 'node:crypto'

/** What fixes the positions of a room's lobby entries, once drawn. */
export type Draw = { seed: Buffer; lobbyEntries: number }

/**
 * The position of an entry: the draw's permutation for those who were there when the room opened, the index itself for
 * later ones and in rooms that go by arrival.
 */
export function positionOf(index: number, draw: Draw | undefined): number {
  return draw !== undefined && index < draw.lobbyEntries
    ? permute(index, draw.lobbyEntries, draw.seed)
    : index
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
  // The network is a permutation of a domain under four times the size, so a cycle leads back inside; each step of it
  // does with a chance above a quarter, and `size` itself bounds how far.
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
