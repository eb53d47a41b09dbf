import type { LobbyClosing } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { type Draw, isDrawn } from './draw.ts'
import {
  type BeaconSchedule,
  closeLobby,
  type DrawnRoom,
  drawClosed,
  drawFirstVersion,
  loadParticipants,
} from './make-draw.ts'
import type { Participants } from './participants.ts'
import type { RoomState } from './room-state.ts'

/** A public source of randomness: signed rounds that cannot be predicted. */
export type Beacon = BeaconSchedule & {
  /** The verified signature of a round in hex; undefined while it is unavailable. */
  signatureOf(round: number): Promise<string | undefined>
}

/** Makes the draws of rooms in the background, and caches who takes part in them. */
export type Draws = {
  /** Adds what this process knows of a room's draw to the room's state. */
  complete(state: RoomState): RoomState
  /** Starts the next step of a room's draw, if one is due, in the background. */
  advance(state: RoomState): void
  /** Drops the state of all other rooms. */
  retain(rooms: readonly string[]): void
  /** The error of a step that failed since the last call. */
  takeFailure(): unknown
}

/** Backoff after a failure or a missing beacon response: the first delay, doubled each time, and its maximum. */
const REST_MS = 250
const REST_MS_MAX = 5000

export function createDraws(deps: { redis: Redis; beacon: Beacon | undefined; now: Clock }): Draws {
  const { redis, beacon, now } = deps
  const known = createKnownParticipants(redis)
  const running = new Set<string>()
  const rests = createRests(now)
  let failure: unknown

  /** Advances a draw as far as possible now. Returns whether nothing is left to do. */
  async function step(state: RoomState, draw: Draw, drawn: DrawnRoom): Promise<boolean> {
    if (draw.version === 1) {
      await drawFirstVersion(redis, drawn)
      return true
    }
    const closing = draw.closing ?? (await closeLobby(redis, drawn, beacon))?.closing
    if (closing === undefined) return false
    if (draw.seed === undefined && !(await fixSeed(drawn, closing, state.at))) return false
    await known.learn(drawn, closing)
    return true
  }

  async function fixSeed(drawn: DrawnRoom, closing: LobbyClosing, at: Date): Promise<boolean> {
    const signature = await signatureFor(closing, at, beacon)
    if (signature === undefined) return false
    return (await drawClosed(redis, drawn, closing, signature))?.seed !== undefined
  }

  async function run(state: RoomState, draw: Draw, drawn: DrawnRoom): Promise<void> {
    const { room } = state
    running.add(room)
    try {
      const isWaiting = draw.closing?.round !== undefined && state.at < draw.closing.round.at
      if (await step(state, draw, drawn)) rests.end(room)
      else if (!isWaiting) rests.begin(room)
    } catch (error) {
      rests.begin(room)
      failure = error
    } finally {
      running.delete(room)
    }
  }

  return {
    complete(state) {
      if (state.draw?.closing === undefined) return state
      return { ...state, draw: { ...state.draw, participants: known.of(state.room, state.draw.closing) } }
    },

    advance(state) {
      const { room, epoch, phase, draw } = state
      if (phase === 'restoring' || draw?.lobbyEntries === undefined || running.has(room)) return
      if (isDrawn(draw) || rests.isResting(room)) return
      const { secret, lobbyEntries } = draw
      void run(state, draw, { room, epoch, secret, lobbyEntries })
    },

    retain(rooms) {
      const current = new Set(rooms)
      known.retain(current)
      rests.retain(current)
    },

    takeFailure() {
      const taken = failure
      failure = undefined
      return taken
    },
  }
}

/** '' where this gateway would let the draw continue without the beacon. */
async function signatureFor(
  { round }: LobbyClosing,
  at: Date,
  beacon: Beacon | undefined,
): Promise<string | undefined> {
  if (round === undefined) return ''
  if (at < round.at) return undefined
  if (beacon?.publicKey !== round.publicKey) return ''
  return (await beacon.signatureOf(round.number)) ?? ''
}

/** The participants of rooms' draws, read once. */
function createKnownParticipants(redis: Redis) {
  const known = new Map<string, { hash: string; participants: Participants }>()

  function of(room: string, closing: LobbyClosing): Participants | undefined {
    const found = known.get(room)
    return found?.hash === closing.participantsHash ? found.participants : undefined
  }

  return {
    of,
    async learn({ room, lobbyEntries }: DrawnRoom, closing: LobbyClosing): Promise<void> {
      if (of(room, closing) !== undefined) return
      const { participants, hash } = await loadParticipants(redis, room, lobbyEntries)
      if (hash !== closing.participantsHash)
        throw new Error(`The participants of ${room} are not those recorded`)
      known.set(room, { hash, participants })
    },
    retain(rooms: ReadonlySet<string>): void {
      for (const room of known.keys()) if (!rooms.has(room)) known.delete(room)
    },
  }
}

/** The pauses of rooms whose draw could not advance, each twice as long as the last. */
function createRests(now: Clock) {
  const rests = new Map<string, { until: number; nextMs: number }>()
  return {
    isResting: (room: string) => (rests.get(room)?.until ?? 0) > now(),
    begin(room: string): void {
      const { nextMs } = rests.get(room) ?? { nextMs: REST_MS }
      rests.set(room, { until: now() + nextMs, nextMs: Math.min(nextMs * 2, REST_MS_MAX) })
    },
    end: (room: string) => rests.delete(room),
    retain(rooms: ReadonlySet<string>): void {
      for (const room of rests.keys()) if (!rooms.has(room)) rests.delete(room)
    },
  }
}
