import { z } from 'zod'

/** Whether a draw waits for the round of a public beacon, proceeds without a silent one, or uses none. */
export const BEACON_RULES = ['required', 'preferred', 'none'] as const
export type BeaconRule = (typeof BEACON_RULES)[number]

/** The state in which a lobby closed: fixed once, and published immediately, before the beacon's round exists. */
export type LobbyClosing = {
  /** How many places take part. */
  participants: number
  /** SHA-256 in hex of the log's first `lobbyEntries` entries, 16 bytes each. */
  logHash: string
  /** SHA-256 in hex of the bitmap of participants, ⌈lobbyEntries / 8⌉ bytes, the first place in the highest bit. */
  participantsHash: string
  /** By Redis' clock. */
  closedAt: Date
  /** The round that the seed uses; undefined for a draw without a beacon. */
  round: BeaconRound | undefined
}

type BeaconRound = {
  number: number
  /** When the beacon is due to publish it. */
  at: Date
  /** The beacon's public key, in hex. */
  publicKey: string
}

/**
 * What Redis and MySQL store of a draw; fields are only ever added. Rooms of draw version 1 have neither closing nor
 * signature.
 */
export type DrawRecord = {
  lobbyEntries: number
  closing: LobbyClosing | undefined
  /** The round's signature, in hex; '' when the draw took place without one. */
  signature: string | undefined
  /** 32 bytes in hex. */
  seed: string | undefined
}

/** The fields as `lua/lib/draw.lua` stores them in the admission hash. */
const FieldsSchema = z.object({
  lobbyEntries: z.coerce.number(),
  participants: z.coerce.number().optional(),
  logHash: z.string().optional(),
  participantsHash: z.string().optional(),
  closedAt: z.coerce.number().optional(),
  round: z.coerce.number().optional(),
  roundAt: z.coerce.number().optional(),
  beaconKey: z.string().optional(),
  signature: z.string().optional(),
  seed: z.string().optional(),
})

/** A record as scripts return it: a JSON object of the fields, or '' before the opening. */
export function parseDrawRecord(json: string): DrawRecord | undefined {
  if (json === '') return undefined
  const fields = FieldsSchema.parse(JSON.parse(json))
  const { lobbyEntries, participants, logHash, participantsHash, closedAt, signature, seed } = fields
  const isClosed =
    participants !== undefined &&
    logHash !== undefined &&
    participantsHash !== undefined &&
    closedAt !== undefined
  const closing = isClosed
    ? { participants, logHash, participantsHash, closedAt: new Date(closedAt), round: roundOf(fields) }
    : undefined
  return { lobbyEntries, closing, signature, seed }
}

function roundOf({ round = 0, roundAt = 0, beaconKey = '' }: z.output<typeof FieldsSchema>) {
  return round === 0 ? undefined : { number: round, at: new Date(roundAt), publicKey: beaconKey }
}

/** A record as scripts accept it. */
export function formatDrawRecord(record: DrawRecord | undefined): string {
  if (record === undefined) return ''
  const { lobbyEntries, closing, signature, seed } = record
  const round = closing?.round
  const fields: Record<string, string | undefined> = {
    lobbyEntries: String(lobbyEntries),
    participants: closing && String(closing.participants),
    logHash: closing?.logHash,
    participantsHash: closing?.participantsHash,
    closedAt: closing && String(closing.closedAt.getTime()),
    round: round && String(round.number),
    roundAt: round && String(round.at.getTime()),
    beaconKey: round?.publicKey,
    signature,
    seed,
  }
  return JSON.stringify(fields)
}
