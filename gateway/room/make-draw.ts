import { createHash } from 'node:crypto'
import { type DrawRecord, parseDrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import type { Reply } from '../../shared/redis/commands/reply.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { firstSeedOf, seedOf } from './draw.ts'
import { readEntries, readParticipants } from './draw-log.ts'
import { createParticipants, type Participants } from './participants.ts'

/*
 * The steps of a draw. Any number of gateways may take each step, concurrently or again after a crash: all compute the
 * same result, and a script writes it once. No step is taken while the log is being restored, since entries still
 * return to it. Entries that did not return are zeros, and the hash covers them.
 */

export type DrawnRoom = { room: string; epoch: number; secret: Buffer; lobbyEntries: number }

/** The schedule of a beacon's rounds. */
export type BeaconSchedule = { publicKey: string; genesisMs: number; periodMs: number }

/**
 * The round must not exist before the record of the closing is public: gateways read the record within a second, and
 * caches may hold a status for one more.
 */
export const BEACON_DELAY_MS = 3000
/** How long after its due time a round is waited for where a beacon is preferred. */
export const BEACON_SILENT_MS = 60_000

/** Draw version 1, in one step. */
export async function drawFirstVersion(redis: Redis, drawn: DrawnRoom): Promise<void> {
  const { room, secret, lobbyEntries } = drawn
  const log = createHash('sha256')
  for await (const chunk of readEntries(redis, room, lobbyEntries)) log.update(chunk)
  const seed = firstSeedOf(secret, room, lobbyEntries, log.digest())
  await fixSeed(redis, drawn, { seed, closedAt: '', signature: '' })
}

/** Records the state in which the lobby closed; undefined when that is not possible now. */
export async function closeLobby(
  redis: Redis,
  { room, epoch, lobbyEntries }: DrawnRoom,
  beacon: BeaconSchedule | undefined,
): Promise<DrawRecord | undefined> {
  const log = createHash('sha256')
  for await (const chunk of readEntries(redis, room, lobbyEntries)) log.update(chunk)
  const { participants, hash } = await loadParticipants(redis, room, lobbyEntries)
  const { settings, admission } = roomKeys(room)
  const reply = await redis.roomClose(
    ...([settings, admission, epoch, lobbyEntries, participants.count] as const),
    ...([log.digest('hex'), hash] as const),
    beacon?.publicKey ?? '',
    beacon?.genesisMs ?? 0,
    beacon?.periodMs ?? 1,
    BEACON_DELAY_MS,
  )
  return recordOf(reply, 'closed')
}

/**
 * Fixes the seed of a lobby that has closed.
 *
 * @param signature - of the beacon's round, in hex; '' for a draw without it
 * @returns the stored result; undefined when it cannot be fixed now, or the beacon has not been silent long enough
 */
export async function drawClosed(
  redis: Redis,
  drawn: DrawnRoom,
  closing: NonNullable<DrawRecord['closing']>,
  signature: string,
): Promise<DrawRecord | undefined> {
  const { room, secret, lobbyEntries } = drawn
  const seed = seedOf(secret, room, lobbyEntries, closing, signature)
  return await fixSeed(redis, drawn, { seed, closedAt: closing.closedAt.getTime(), signature })
}

async function fixSeed(
  redis: Redis,
  { room, epoch, lobbyEntries }: DrawnRoom,
  { seed, closedAt, signature }: { seed: Buffer; closedAt: number | ''; signature: string },
): Promise<DrawRecord | undefined> {
  const { settings, admission } = roomKeys(room)
  const reply = await redis.roomDraw(
    ...([settings, admission, epoch, lobbyEntries, seed.toString('hex')] as const),
    closedAt,
    signature,
    BEACON_SILENT_MS,
  )
  return recordOf(reply, 'drawn')
}

function recordOf([status, record]: Reply, wanted: 'closed' | 'drawn'): DrawRecord | undefined {
  return status === wanted ? parseDrawRecord(String(record)) : undefined
}

/** The participants among the first `count` entries, and the SHA-256 of their bitmap in hex. */
export async function loadParticipants(
  redis: Redis,
  room: string,
  lobbyEntries: number,
): Promise<{ participants: Participants; hash: string }> {
  const chunks: Buffer[] = []
  for await (const chunk of readParticipants(redis, room, lobbyEntries)) chunks.push(chunk)
  const bitmap = Buffer.concat(chunks)
  return {
    participants: createParticipants(bitmap),
    hash: createHash('sha256').update(bitmap).digest('hex'),
  }
}
