import { createHmac } from 'node:crypto'

const ROUNDS = 8
/** The maximum size of a log; the tables of its rounds then take 128 KiB. */
export const SIZE_MAX = 2 ** 24

/**
 * The rule's permutation of 0…size−1: a balanced Feistel network of 8 rounds over 2·h bits, walked until it lands inside.
 * A round's function depends on h bits alone, so all its values are worked out first: 8·2^h HMACs serve any size.
 *
 * @param seed - 32 bytes, the key of HMAC-SHA256
 */
export function createPermutation(size: number, seed: Uint8Array): (index: number) => number {
  if (!Number.isInteger(size) || size < 1 || size > SIZE_MAX) {
    throw new RangeError(`size must be 1 to ${SIZE_MAX}`)
  }
  const halfBits = halfBitsOf(size)
  const rounds = tabulateRounds(halfBits, seed)
  const mask = (1 << halfBits) - 1
  return (index) => {
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new RangeError(`index must be in 0…${size - 1}`)
    }
    let walked = index
    do {
      let left = walked >>> halfBits
      let right = walked & mask
      for (let round = 0; round < ROUNDS; round += 1) {
        const next = left ^ (rounds[(round << halfBits) | right] ?? 0)
        left = right
        right = next
      }
      walked = (left << halfBits) | right
    } while (walked >= size)
    return walked
  }
}

/** max(1, ⌈log2(size) / 2⌉), in whole numbers. */
function halfBitsOf(size: number): number {
  let halfBits = 1
  while (4 ** halfBits < size) halfBits += 1
  return halfBits
}

/** F(round, right), cut to h bits, at `round·2^h + right`. */
function tabulateRounds(halfBits: number, seed: Uint8Array): Uint32Array {
  const halves = 1 << halfBits
  const table = new Uint32Array(ROUNDS * halves)
  const input = Buffer.alloc(5)
  for (let round = 0; round < ROUNDS; round += 1) {
    input.writeUInt8(round, 0)
    for (let right = 0; right < halves; right += 1) {
      input.writeUInt32BE(right, 1)
      const value = createHmac('sha256', seed).update(input).digest().readUInt32BE(0)
      table[round * halves + right] = value & (halves - 1)
    }
  }
  return table
}
