import { createHash, createHmac } from 'node:crypto'
import { DELAY_MS, isSignatureOf, QUICKNET, roundAfter } from './beacon.ts'
import { countRepeated, createEntryLog, ENTRY_BYTES, findEntry } from './entry-log.ts'
import { createPermutation } from './permutation.ts'

/** The record published when the lobby closed, before the beacon's round; hashes are 32 bytes as lower-case hex. */
type Closing = {
  participants: number
  logHash: string
  participantsHash: string
  closedAt: Date
  round?: { number: number; at: Date; publicKey: string } | undefined
}

/** All that a room publishes about a completed draw; 32 bytes each as lower-case hex. */
export type PublishedDraw = {
  room: string
  commitment: string
  secret: string
  seed: string
  /** N */
  lobbyEntries: number
  /** The N lobby entries in order of arrival, 16 bytes each. */
  log: Uint8Array
} & (
  | { /** The log holds the keys of entries, and all of them take part. */ version: 1 }
  | {
      /** The log holds hashes of keys; those in the bitmap take part, before the others. */
      version: 2
      beacon: 'required' | 'preferred' | 'none'
      closing: Closing
      /** The round's signature, in hex; missing in a draw without a beacon. */
      signature?: string | undefined
      /** A bit for each entry, from the highest of the first byte on. */
      participants: Uint8Array
    }
)

/** What the user knows independently of the room's response. */
export type Known = {
  /** The room that was requested. */
  room: string
  /** The commitment seen before the opening. */
  commitmentSeen?: string
  /** The hashes seen when the lobby closed. */
  logHashSeen?: string
  participantsHashSeen?: string
  /** 16 bytes, as base64url. */
  entryKey?: string
}

const CHECK_NAMES = [
  'room',
  'commitment-seen',
  'commitment',
  'length',
  'log-hash',
  'log-hash-seen',
  'participants',
  'participants-hash-seen',
  'round',
  'signature',
  'rule',
  'seed',
  'permutation',
] as const
export type CheckName = (typeof CHECK_NAMES)[number]
export type Check = { name: CheckName; holds: boolean }

/** The source of randomness that was unpredictable when the lobby closed. */
type Randomness = 'quicknet' | 'another-beacon' | 'chosen-none' | 'silent' | 'first-version'

type Place = { index: number; takesPart: boolean; position: number }

export type Findings = {
  room: string
  version: number
  honest: boolean
  randomness: Randomness
  round?: number
  publicKey?: string
  lobbyEntries: number
  logEntries: number
  participants: number
  commitment: string
  /** Whether the commitment was compared with one seen before the opening. */
  commitmentSeenCompared: boolean
  checks: Check[]
  /** Entries with a key that an earlier one has; the rule allows them. */
  repeatedKeys: number
  /** The places of the requested entry by the rule; empty when it was not in the lobby. */
  entry?: { key: string; places: Place[] }
}

/** Recomputes a draw by the published rule, independently of the code that draws. */
export function verifyDraw(draw: PublishedDraw, known: Known): Findings {
  const { room, commitmentSeen, entryKey } = known
  const { lobbyEntries, version } = draw
  const lobby = draw.log.subarray(0, lobbyEntries * ENTRY_BYTES)
  const entries = createEntryLog(lobby)
  const secret = Buffer.from(draw.secret, 'hex')
  const seed = recomputeSeed(draw, secret, room, lobby)
  const bitmap = version === 1 ? new Uint8Array(Math.ceil(lobbyEntries / 8)).fill(0xff) : draw.participants
  const places = placesOf(lobbyEntries, bitmap, seed)
  const checks: Check[] = [
    { name: 'room', holds: draw.room === room },
    ...compareSeen('commitment-seen', draw.commitment, commitmentSeen),
    { name: 'commitment', holds: sha256(secret).toString('hex') === draw.commitment },
    { name: 'length', holds: draw.log.length === lobbyEntries * ENTRY_BYTES },
    ...(version === 1 ? [] : checkClosing(draw, known)),
    { name: 'seed', holds: seed.toString('hex') === draw.seed },
    { name: 'permutation', holds: isPermutation(places.all) },
  ]
  const round = version === 1 ? undefined : draw.closing.round
  return {
    room,
    version,
    honest: checks.every(({ holds }) => holds),
    randomness: randomnessOf(draw),
    ...(round === undefined ? {} : { round: round.number, publicKey: round.publicKey }),
    lobbyEntries,
    logEntries: draw.log.length / ENTRY_BYTES,
    participants: places.participants,
    commitment: draw.commitment,
    commitmentSeenCompared: commitmentSeen !== undefined,
    checks,
    repeatedKeys: countRepeated(entries),
    ...(entryKey === undefined ? {} : { entry: { key: entryKey, places: findPlaces(entryKey) } }),
  }

  function findPlaces(key: string): Place[] {
    const bytes = Buffer.from(key, 'base64url')
    const logged = version === 1 ? bytes : sha256(bytes).subarray(0, ENTRY_BYTES)
    return findEntry(entries, logged).map((index) => ({
      index,
      takesPart: isSet(bitmap, index),
      position: places.all[index] ?? -1,
    }))
  }
}

/** Whether a room still shows the commitment seen before; this needs no completed draw. */
export function checkCommitmentSeen(commitment: string, commitmentSeen: string): Check {
  return { name: 'commitment-seen', holds: commitment === commitmentSeen }
}

function compareSeen(name: CheckName, published: string, seen: string | undefined): Check[] {
  return seen === undefined ? [] : [{ name, holds: published === seen }]
}

function checkClosing(draw: PublishedDraw & { version: 2 }, known: Known): Check[] {
  const { closing, participants, lobbyEntries, log, beacon, signature } = draw
  const { round } = closing
  const count = participants.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
  const isWhole = participants.length === Math.ceil(lobbyEntries / 8)
  const spare = isWhole ? (participants.at(-1) ?? 0) & (0xff >> (lobbyEntries % 8 || 8)) : 0
  const hash = sha256(participants).toString('hex')
  return [
    { name: 'log-hash', holds: sha256(log).toString('hex') === closing.logHash },
    ...compareSeen('log-hash-seen', closing.logHash, known.logHashSeen),
    {
      name: 'participants',
      holds: isWhole && spare === 0 && count === closing.participants && hash === closing.participantsHash,
    },
    ...compareSeen('participants-hash-seen', closing.participantsHash, known.participantsHashSeen),
    ...(round === undefined ? [] : [{ name: 'round' as const, holds: isRoundDue(closing.closedAt, round) }]),
    ...(round === undefined || signature === undefined
      ? []
      : [{ name: 'signature' as const, holds: isSignatureOf(round.number, signature, round.publicKey) }]),
    ...(beacon === 'none' ? [] : [{ name: 'rule' as const, holds: followsRule(draw) }]),
  ]
}

/** Whether the round was unpredictable when the lobby closed. For an unknown beacon only its own time is known. */
function isRoundDue(closedAt: Date, { number, at, publicKey }: NonNullable<Closing['round']>): boolean {
  if (publicKey !== QUICKNET.publicKey) return at.getTime() >= closedAt.getTime() + DELAY_MS
  const due = QUICKNET.genesisMs + (number - 1) * QUICKNET.periodMs
  return at.getTime() === due && number === roundAfter(closedAt.getTime())
}

/**
 * A room that requires a beacon has no draw without one; where it is preferred, the record must name the round it
 * missed.
 */
function followsRule({ beacon, closing, signature }: PublishedDraw & { version: 2 }): boolean {
  return closing.round !== undefined && (beacon !== 'required' || signature !== undefined)
}

function randomnessOf(draw: PublishedDraw): Randomness {
  if (draw.version === 1) return 'first-version'
  const { round } = draw.closing
  if (round === undefined) return 'chosen-none'
  if (draw.signature === undefined) return 'silent'
  return round.publicKey === QUICKNET.publicKey ? 'quicknet' : 'another-beacon'
}

/**
 * HMAC-SHA256(secret, room ‖ 0x00 ‖ N ‖ SHA-256(log) ‖ SHA-256(participants) ‖ round ‖ SHA-256(signature)); in version 1
 * HMAC-SHA256(secret, room ‖ 0x00 ‖ N ‖ SHA-256(log)). Numbers are 8 bytes, big-endian.
 */
function recomputeSeed(draw: PublishedDraw, secret: Buffer, room: string, lobby: Uint8Array): Buffer {
  const hmac = createHmac('sha256', secret)
    .update(room, 'utf8')
    .update(Uint8Array.of(0))
    .update(number8(draw.lobbyEntries))
    .update(sha256(lobby))
  if (draw.version === 1) return hmac.digest()
  const { closing, signature, participants } = draw
  hmac.update(sha256(participants))
  return signature === undefined
    ? hmac.update(Buffer.alloc(8 + 32)).digest()
    : hmac
        .update(number8(closing.round?.number ?? 0))
        .update(sha256(Buffer.from(signature, 'hex')))
        .digest()
}

function number8(value: number): DataView {
  const bytes = new DataView(new ArrayBuffer(8))
  bytes.setBigUint64(0, BigInt(value), false)
  return bytes
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function isSet(bitmap: Uint8Array, index: number): boolean {
  return ((bitmap[index >> 3] ?? 0) & (0x80 >> (index % 8))) !== 0
}

/** The position of every entry: participants by draw, then the others by arrival. */
function placesOf(size: number, bitmap: Uint8Array, seed: Buffer) {
  let participants = 0
  for (let index = 0; index < size; index += 1) if (isSet(bitmap, index)) participants += 1
  const draw = participants === 0 ? () => 0 : createPermutation(participants, seed)
  const all = new Uint32Array(size)
  let rank = 0
  for (let index = 0; index < size; index += 1) {
    if (isSet(bitmap, index)) {
      all[index] = draw(rank)
      rank += 1
    } else all[index] = participants + index - rank
  }
  return { participants, all }
}

/** Whether every position below their number is taken, and none twice. */
export function isPermutation(positions: Uint32Array): boolean {
  const taken = new Uint8Array(positions.length)
  for (const position of positions) {
    if (taken[position] !== 0) return false
    taken[position] = 1
  }
  return true
}
