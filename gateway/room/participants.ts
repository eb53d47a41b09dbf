const BLOCK_BITS = 512
const BLOCK_BYTES = BLOCK_BITS / 8

/** How many bits each byte has set. */
const POPCOUNT = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

/** Which lobby entries take part in a draw. */
export type Participants = {
  /** The number of participants. */
  readonly count: number
  has(index: number): boolean
  /** The number of participants with a lower index; reads at most 64 bytes. */
  rank(index: number): number
}

/**
 * @param bitmap - a bit per entry in Redis' order, the first in the highest bit of the first byte; entries beyond its
 *   end count as unset
 */
export function createParticipants(bitmap: Uint8Array): Participants {
  // The number of bits set before each block.
  const before = new Uint32Array(Math.ceil(bitmap.length / BLOCK_BYTES) + 1)
  let count = 0
  for (let at = 0; at < bitmap.length; at += 1) {
    if (at % BLOCK_BYTES === 0) before[at / BLOCK_BYTES] = count
    count += POPCOUNT[bitmap[at] ?? 0] ?? 0
  }

  return {
    count,
    has: (index) => ((bitmap[index >>> 3] ?? 0) & (0x80 >>> (index & 7))) !== 0,
    rank(index) {
      const block = Math.floor(index / BLOCK_BITS)
      if (block >= before.length - 1) return count
      const last = index >>> 3
      let rank = before[block] ?? 0
      for (let at = block * BLOCK_BYTES; at < last; at += 1) rank += POPCOUNT[bitmap[at] ?? 0] ?? 0
      const higher = (bitmap[last] ?? 0) & ~(0xff >>> (index & 7))
      return rank + (POPCOUNT[higher & 0xff] ?? 0)
    },
  }
}
