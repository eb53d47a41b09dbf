/**
 * The draw's rule, reimplemented with the browser's own cryptography: from the published data alone, sharing no code
 * with the gateway (`gateway/room/draw.ts` describes the rule).
 */

import { bytesOf, hexOf } from '../../../layout/browser/lib/hex.ts'

const ENTRY_BYTES = 16
const ROUNDS = 8

export type PublishedDraw = {
  room: string
  /** 1: the log holds the keys of entries, and all take part; 2: their hashes, and participants come first. */
  version: number
  commitment: string
  secret: string
  seed: string
  lobbyEntries: number
  closing?:
    | {
        participants: number
        logHash: string
        participantsHash: string
        closedAt: string
        round?: { number: number; publicKey: string } | undefined
      }
    | undefined
  /** Of the beacon's round; missing for a draw without one. */
  signature?: string | undefined
}

export type Checked =
  /** `takesPart` and `position` refer to the fan's own entry; undefined for a later or unknown entry. */
  | { status: 'honest'; position: number | undefined; takesPart: boolean | undefined }
  | { status: 'dishonest'; why: 'commitment' | 'entries' | 'participants' | 'seed' }

/** What was stored before the draw, if anything. */
export type Promised = {
  commitment?: string | undefined
  logHash?: string | undefined
  participantsHash?: string | undefined
}

/**
 * The signature of the beacon's round is verified by `checkBeacon`.
 *
 * @param entries - the lobby's log, 16 bytes each
 * @param participants - a bit per entry that takes part; ignored in version 1
 * @param mine - the index of the fan's own entry; undefined to verify the draw alone
 */
export async function checkDraw(
  draw: PublishedDraw,
  entries: Uint8Array<ArrayBuffer>,
  participants: Uint8Array<ArrayBuffer>,
  mine: number | undefined,
  promised: Promised,
): Promise<Checked> {
  const { closing, lobbyEntries } = draw
  const secret = bytesOf(draw.secret)
  const commitment = hexOf(await sha256(secret))
  if (commitment !== draw.commitment || isOther(promised.commitment, commitment)) {
    return { status: 'dishonest', why: 'commitment' }
  }
  const logHash = hexOf(await sha256(entries))
  const isLog = closing === undefined || (closing.logHash === logHash && !isOther(promised.logHash, logHash))
  if (entries.length !== lobbyEntries * ENTRY_BYTES || !isLog) return { status: 'dishonest', why: 'entries' }
  const bitmap = draw.version === 1 ? new Uint8Array(Math.ceil(lobbyEntries / 8)).fill(0xff) : participants
  const participantsHash = hexOf(await sha256(bitmap))
  const count = rankOf(bitmap, lobbyEntries)
  const isBitmap =
    draw.version === 1 ||
    (closing?.participants === count &&
      closing.participantsHash === participantsHash &&
      !isOther(promised.participantsHash, participantsHash))
  if (!isBitmap) return { status: 'dishonest', why: 'participants' }
  const seed = await seedOf(secret, draw, bytesOf(logHash), bytesOf(participantsHash))
  if (hexOf(seed) !== draw.seed) return { status: 'dishonest', why: 'seed' }
  if (mine === undefined || mine >= lobbyEntries) {
    return { status: 'honest', position: undefined, takesPart: undefined }
  }
  const rank = rankOf(bitmap, mine)
  const takesPart = rankOf(bitmap, mine + 1) > rank
  const position = takesPart ? await permute(rank, count, seed) : count + mine - rank
  return { status: 'honest', position, takesPart }
}

function isOther(seen: string | undefined, published: string): boolean {
  return seen !== undefined && seen !== published
}

/** The number of participants among the first entries. */
function rankOf(bitmap: Uint8Array, end: number): number {
  let rank = 0
  for (let index = 0; index < end; index += 1) {
    if (((bitmap[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0) rank += 1
  }
  return rank
}

/** The index of an entry in the log; undefined when it is not there. */
export function indexOfEntry(entries: Uint8Array, entry: Uint8Array): number | undefined {
  for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
    if (entry.every((byte, i) => entries[at + i] === byte)) return at / ENTRY_BYTES
  }
  return undefined
}

async function seedOf(
  secret: Uint8Array<ArrayBuffer>,
  { room, version, lobbyEntries, closing, signature }: PublishedDraw,
  logHash: Uint8Array,
  participantsHash: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const first = [new TextEncoder().encode(`${room}\0`), uint64(lobbyEntries), logHash]
  const without = [new Uint8Array(8), new Uint8Array(32)]
  const beacon =
    signature === undefined
      ? without
      : [uint64(closing?.round?.number ?? 0), await sha256(bytesOf(signature))]
  return await hmac(
    await keyOf(secret),
    joined(version === 1 ? first : [...first, participantsHash, ...beacon]),
  )
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
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
