/**
 * The draw's rule again, in the browser's own cryptography: from the published data alone, sharing nothing with the
 * gateway that drew (`gateway/room/draw.ts` says the rule).
 */

import { bytesOf, hexOf } from './hex.ts'

const ENTRY_BYTES = 16
const ROUNDS = 8

export type PublishedDraw = {
  room: string
  /** 1: the log holds the keys of entries; 2: their hashes. */
  version: number
  commitment: string
  secret: string
  seed: string
  lobbyEntries: number
}

export type Checked =
  | { status: 'honest'; position: number | undefined }
  | { status: 'dishonest'; why: 'commitment' | 'entries' | 'seed' }

/**
 * @param entries - the lobby's log, 16 bytes each
 * @param mine - the index of one's own entry, or its key; undefined to check the draw alone
 * @param promised - the commitment as it was seen before the draw, if it was
 */
export async function checkDraw(
  draw: PublishedDraw,
  entries: Uint8Array<ArrayBuffer>,
  mine: number | undefined,
  promised: string | undefined,
): Promise<Checked> {
  const secret = bytesOf(draw.secret)
  const commitment = hexOf(await sha256(secret))
  if (commitment !== draw.commitment || (promised !== undefined && promised !== commitment)) {
    return { status: 'dishonest', why: 'commitment' }
  }
  if (entries.length !== draw.lobbyEntries * ENTRY_BYTES) return { status: 'dishonest', why: 'entries' }
  const seed = await seedOf(secret, draw.room, draw.lobbyEntries, await sha256(entries))
  if (hexOf(seed) !== draw.seed) return { status: 'dishonest', why: 'seed' }
  const drawn = mine !== undefined && mine < draw.lobbyEntries
  return { status: 'honest', position: drawn ? await permute(mine, draw.lobbyEntries, seed) : undefined }
}

/** Where an entry stands in the log; undefined when it is not there. */
export function indexOfEntry(entries: Uint8Array, entry: Uint8Array): number | undefined {
  for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
    if (entry.every((byte, i) => entries[at + i] === byte)) return at / ENTRY_BYTES
  }
  return undefined
}

async function seedOf(
  secret: Uint8Array<ArrayBuffer>,
  room: string,
  count: number,
  entriesHash: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const name = new TextEncoder().encode(`${room}\0`)
  const input = new Uint8Array(name.length + 8 + entriesHash.length)
  input.set(name)
  new DataView(input.buffer).setBigUint64(name.length, BigInt(count))
  input.set(entriesHash, name.length + 8)
  return await hmac(await keyOf(secret), input)
}

async function permute(index: number, size: number, seed: Uint8Array<ArrayBuffer>): Promise<number> {
  let half = 1
  while (4 ** half < size) half += 1
  const mask = 2 ** half - 1
  const key = await keyOf(seed)
  let walked = index
  do {
    let left = Math.floor(walked / 2 ** half)
    let right = walked & mask
    for (let round = 0; round < ROUNDS; round += 1) {
      const input = new DataView(new ArrayBuffer(5))
      input.setUint8(0, round)
      input.setUint32(1, right)
      const value = new DataView((await hmac(key, new Uint8Array(input.buffer))).buffer).getUint32(0)
      ;[left, right] = [right, left ^ (value & mask)]
    }
    walked = left * 2 ** half + right
  } while (walked >= size)
  return walked
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function keyOf(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
}

async function hmac(key: CryptoKey, input: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, input))
}
