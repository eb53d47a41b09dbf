import { createHash, createHmac } from 'node:crypto'
import { countRepeated, createEntryLog, ENTRY_BYTES, findEntry } from './entry-log.ts'
import { createPermutation } from './permutation.ts'

/** All that a room publishes about a draw that was made; 32 bytes each as small hex digits. */
export type PublishedDraw = {
  room: string
  /** 1: the log holds the keys of entries; 2: their hashes. */
  version: 1 | 2
  commitment: string
  secret: string
  seed: string
  /** N */
  lobbyEntries: number
  /** The N lobby entries in order of arrival, 16 bytes each. */
  log: Uint8Array
}

/** What the asker knows, and does not take from the room's word. */
export type Known = {
  /** The room that was asked for. */
  room: string
  /** The commitment seen before the opening. */
  commitmentSeen?: string
  /** 16 bytes, as base64url. */
  entryKey?: string
}

export type CheckName = 'room' | 'commitment-seen' | 'commitment' | 'length' | 'seed' | 'permutation'
export type Check = { name: CheckName; holds: boolean }

export type Findings = {
  room: string
  honest: boolean
  lobbyEntries: number
  logEntries: number
  commitment: string
  /** Whether the commitment was compared with one seen before the opening. */
  commitmentSeenCompared: boolean
  checks: Check[]
  /** Entries with a key that an earlier one has; the rule allows them. */
  repeatedKeys: number
  /** Where the entry asked for stands by the rule; no places when it was not in the lobby. */
  entry?: { key: string; places: { index: number; position: number }[] }
}

/** Recomputes a draw by the published rule. Nothing of it is taken from the code that draws. */
export function verifyDraw(draw: PublishedDraw, known: Known): Findings {
  const { room, commitmentSeen, entryKey } = known
  const { lobbyEntries } = draw
  const lobby = draw.log.subarray(0, lobbyEntries * ENTRY_BYTES)
  const entries = createEntryLog(lobby)
  const secret = Buffer.from(draw.secret, 'hex')
  const seed = recomputeSeed(secret, room, lobbyEntries, lobby)
  const place = lobbyEntries === 0 ? () => 0 : createPermutation(lobbyEntries, seed)
  const checks: Check[] = [
    { name: 'room', holds: draw.room === room },
    ...(commitmentSeen === undefined ? [] : [checkCommitmentSeen(draw.commitment, commitmentSeen)]),
    { name: 'commitment', holds: sha256(secret).toString('hex') === draw.commitment },
    { name: 'length', holds: draw.log.length === lobbyEntries * ENTRY_BYTES },
    { name: 'seed', holds: seed.toString('hex') === draw.seed },
    { name: 'permutation', holds: isPermutation(lobbyEntries, place) },
  ]
  return {
    room,
    honest: checks.every(({ holds }) => holds),
    lobbyEntries,
    logEntries: draw.log.length / ENTRY_BYTES,
    commitment: draw.commitment,
    commitmentSeenCompared: commitmentSeen !== undefined,
    checks,
    repeatedKeys: countRepeated(entries),
    ...(entryKey === undefined ? {} : { entry: { key: entryKey, places: placesOf(entryKey) } }),
  }

  function placesOf(key: string) {
    const bytes = Buffer.from(key, 'base64url')
    const indexes = findEntry(entries, draw.version === 1 ? bytes : sha256(bytes).subarray(0, ENTRY_BYTES))
    return indexes.map((index) => ({ index, position: place(index) }))
  }
}

/** Whether a room still shows the commitment that was seen before; this needs no draw. */
export function checkCommitmentSeen(commitment: string, commitmentSeen: string): Check {
  return { name: 'commitment-seen', holds: commitment === commitmentSeen }
}

/** HMAC-SHA256(secret, room ‖ 0x00 ‖ N as 8 bytes, big-endian ‖ SHA-256(lobby)). */
function recomputeSeed(secret: Buffer, room: string, lobbyEntries: number, lobby: Uint8Array): Buffer {
  const count = new DataView(new ArrayBuffer(8))
  count.setBigUint64(0, BigInt(lobbyEntries), false)
  return createHmac('sha256', secret)
    .update(room, 'utf8')
    .update(Uint8Array.of(0))
    .update(count)
    .update(sha256(lobby))
    .digest()
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Whether every index below `size` has a place below it, and no two the same. */
export function isPermutation(size: number, place: (index: number) => number): boolean {
  const taken = new Uint8Array(size)
  for (let index = 0; index < size; index += 1) {
    const position = place(index)
    if (taken[position] !== 0) return false
    taken[position] = 1
  }
  return true
}
