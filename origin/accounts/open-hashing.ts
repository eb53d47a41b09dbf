import { createHelperProcess } from '../helper-process/helper-process.ts'
import type { HashCost, Hashing } from './hashing.ts'

export type HashingRequest = { password: string; cost: HashCost } | { password: string; phc: string }

const HASHER = {
  module: new URL('./hashing-process.ts', import.meta.url),
  /** About a tenth of a processor that the sale needs entirely, and all of what it leaves. */
  niceness: 10,
  heapMegabytesMax: 64,
  msMax: 30_000,
  /** Longer than any sale, so that no sign-in waits for a process to start. */
  idleMs: 24 * 3_600_000,
}

/**
 * Hashes in a separate process with a low priority: a rush of sign-ups takes all of a processor, and the event loop
 * that sells would wait for its share, appear overloaded, and admit fewer fans.
 */
export function openHashing(): Hashing & { close(): void } {
  const hasher = createHelperProcess<HashingRequest, string | boolean>(HASHER)
  return {
    hash: async (password, cost) => String(await hasher.ask({ password, cost })),
    verify: async (phc, password) => (await hasher.ask({ password, phc })) === true,
    close: hasher.close,
  }
}
