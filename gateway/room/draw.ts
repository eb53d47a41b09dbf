import { createHash, createHmac } from 'node:crypto'
import type { BeaconRule, LobbyClosing } from '../../shared/api/draw-record.ts'
import type { DrawVersion } from './entry.ts'
import type { Participants } from './participants.ts'

/** How a room's draw works, and how far it has progressed. */
export type Draw = {
  version: DrawVersion
  secret: Buffer
  beacon: BeaconRule
  /** The number of entries before the opening; undefined until then. */
  lobbyEntries: number | undefined
  /** Undefined in version 1, and until the log is read. */
  closing: LobbyClosing | undefined
  /**
   * Signature of the beacon's round in hex; '' for a draw without a beacon; undefined in version 1, and until it
   * arrives.
   */
  signature: string | undefined
  seed: Buffer | undefined
  /** The entries that take part; undefined in version 1, and until this process has read them. */
  participants: Participants | undefined
  /** The room has left Redis, so positions no longer matter. */
  isArchived?: boolean
}

/** Whether this process can compute every position, or none is needed any more. */
export function isDrawn({ version, seed, participants, isArchived = false }: Draw): boolean {
  return seed !== undefined && (version === 1 || isArchived || participants !== undefined)
}

/**
 * The position of an entry. It is the index in rooms by arrival (no draw) and for entries after the opening. Of the
 * others, those that take part come first, by the draw's permutation of their ranks; the rest follow in order of
 * arrival. In version 1 the entire lobby takes part. Undefined until the draw is made.
 */
export function positionOf(index: number, draw: Draw | undefined): number | undefined {
  if (draw === undefined) return index
  const { version, lobbyEntries, seed, participants } = draw
  if (lobbyEntries === undefined) return undefined
  if (index >= lobbyEntries) return index
  if (seed === undefined) return undefined
  if (version === 1) return permute(index, lobbyEntries, seed)
  if (participants === undefined) return undefined
  const rank = participants.rank(index)
  if (participants.has(index)) return permute(rank, participants.count, seed)
  return participants.count + index - rank
}

/** Whether an entry took part in a draw that this process knows; undefined where there is no draw, or none yet. */
export function hasTakenPart(index: number, draw: Draw | undefined): boolean | undefined {
  if (draw === undefined || draw.isArchived === true || !isDrawn(draw)) return undefined
  const isLobby = index < (draw.lobbyEntries ?? 0)
  return isLobby && (draw.participants?.has(index) ?? true)
}

/** Published from the room's creation on, so that the secret cannot be chosen later: its SHA-256, in hex. */
export function commitmentOf(secret: Buffer): string {
  return createHash('sha256').update(secret).digest('hex')
}

/**
 * The seed of draw version 1: HMAC-SHA256(secret, room ‖ 0x00 ‖ N as 8 bytes, big-endian ‖ SHA-256(the N entries)).
 *
 * @param count - N, the number of lobby entries
 * @param logHash - SHA-256 of them
 */
export function firstSeedOf(secret: Buffer, room: string, count: number, logHash: Buffer): Buffer {
  return createHmac('sha256', secret)
    .update(Buffer.concat([Buffer.from(`${room}\0`), uint64(count), logHash]))
    .digest()
}

/**
 * The seed of draw version 2: HMAC-SHA256(secret, room ‖ 0x00 ‖ N ‖ SHA-256(log) ‖ SHA-256(participants) ‖ round ‖
 * randomness), numbers as 8 bytes, big-endian. Secret, log and participants were committed before the round existed.
 * Without a beacon, round and randomness are zeros.
 *
 * @param signature - the round's, in hex; '' for a draw without a beacon
 */
export function seedOf(
  secret: Buffer,
  room: string,
  lobbyEntries: number,
  { logHash, participantsHash, round }: LobbyClosing,
  signature: string,
): Buffer {
  const isWithout = round === undefined || signature === ''
  return createHmac('sha256', secret)
    .update(`${room}\0`)
    .update(uint64(lobbyEntries))
    .update(logHash, 'hex')
    .update(participantsHash, 'hex')
    .update(uint64(isWithout ? 0 : round.number))
    .update(isWithout ? Buffer.alloc(32) : createHash('sha256').update(signature, 'hex').digest())
    .digest()
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

const ROUNDS = 8
const SIZE_MAX = 2 ** 30

/**
 * A keyed permutation of 0…size−1 without a table: a balanced Feistel network over the smallest even number of bits
 * that covers `size`, iterated until the result is in range (Black and Rogaway, "Ciphers with Arbitrary Finite
 * Domains", 2002).
 *
 * @param seed - the key of its round function, HMAC-SHA256
 */
export function permute(value: number, size: number, seed: Buffer): number {
  if (!Number.isInteger(size) || size < 1 || size > SIZE_MAX)
    throw new RangeError(`size must be 1 to ${SIZE_MAX}`)
  if (!Number.isInteger(value) || value < 0 || value >= size)
    throw new RangeError('value must be in 0…size−1')
  const halfBits = Math.max(1, Math.ceil(Math.log2(size) / 2))
  // The network's domain is less than four times `size`, so a cycle that starts in range returns to the range; each
  // step does so with a probability above a quarter.
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
