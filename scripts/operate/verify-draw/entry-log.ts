import { randomFillSync } from 'node:crypto'

export const ENTRY_BYTES = 16
const ENTRY_WORDS = ENTRY_BYTES / 4

/** A log of entries as four words each, so that keys are compared without allocating objects. */
export type EntryLog = { length: number; words: Uint32Array }

/** @param bytes - 16 per entry; an incomplete last entry is ignored */
export function createEntryLog(bytes: Uint8Array): EntryLog {
  const length = Math.floor(bytes.length / ENTRY_BYTES)
  const aligned = new Uint8Array(length * ENTRY_BYTES)
  aligned.set(bytes.subarray(0, aligned.length))
  return { length, words: new Uint32Array(aligned.buffer) }
}

/** The indexes of a key in the log, in order. */
export function findEntry(log: EntryLog, key: Uint8Array): number[] {
  const wanted = createEntryLog(key)
  if (wanted.length !== 1) throw new RangeError(`A key has ${ENTRY_BYTES} bytes`)
  const indexes: number[] = []
  for (let index = 0; index < log.length; index += 1) {
    if (isSame(log, index, wanted, 0)) indexes.push(index)
  }
  return indexes
}

/** How many entries have the key of an earlier one. */
export function countRepeated(log: EntryLog): number {
  const slotBits = Math.ceil(Math.log2(log.length + 1)) + 1
  // Index + 1 of the first entry of a key, at the first free slot from the hash of that key; zero is free.
  const slots = new Uint32Array(2 ** slotBits)
  const hash = createHash(log, 32 - slotBits)
  let repeated = 0
  for (let index = 0; index < log.length; index += 1) {
    let slot = hash(index)
    let other = slots[slot] ?? 0
    while (other !== 0 && !isSame(log, other - 1, log, index)) {
      slot = (slot + 1) % slots.length
      other = slots[slot] ?? 0
    }
    if (other === 0) slots[slot] = index + 1
    else repeated += 1
  }
  return repeated
}

/** Fans choose their keys, so the factors differ at every run: fans cannot choose many keys that share a slot. */
function createHash(log: EntryLog, shift: number): (index: number) => number {
  const [a = 1, b = 1, c = 1, d = 1, e = 1] = randomFillSync(new Uint32Array(5)).map((word) => word | 1)
  const { words } = log
  return (index) => {
    const at = index * ENTRY_WORDS
    const first = Math.imul((words[at] ?? 0) ^ a, b) ^ (words[at + 1] ?? 0)
    const second = Math.imul(first ^ (first >>> 15), c) ^ (words[at + 2] ?? 0)
    const third = Math.imul(second ^ (second >>> 15), d) ^ (words[at + 3] ?? 0)
    return Math.imul(third ^ (third >>> 15), e) >>> shift
  }
}

function isSame(log: EntryLog, index: number, other: EntryLog, otherIndex: number): boolean {
  const at = index * ENTRY_WORDS
  const otherAt = otherIndex * ENTRY_WORDS
  for (let word = 0; word < ENTRY_WORDS; word += 1) {
    if (log.words[at + word] !== other.words[otherAt + word]) return false
  }
  return true
}
