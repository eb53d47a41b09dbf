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
  keep(rooms: readonly string[]): void
  /** The error of a step that failed since the last call. */
  takeFailure(): unknown
}

/** Backoff after a failure or a missing beacon response: the first delay, doubled each time, and its maximum. */
const REST_MS = 250
const REST_MS_MAX = 5000

type Known = { participantsHash: string; participants: Participants }
type Rest = { until: number; nextMs: number }

export function createDraws(deps: { redis: Redis; beacon: Beacon | undefined; now: Clock }): Draws {
  const { redis, beacon, now } = deps
  const known = new Map<string, Known>()
  const running = new Set<string>()
  const rests = new Map<string, Rest>()
  let failure: unknown

  function participantsOf(room: string, closing: LobbyClosing | undefined): Participants | undefined {
    const found = known.get(room)
    return found?.participantsHash === closing?.participantsHash ? found?.participants : undefined
  }

  /** Advances a draw as far as possible now. Returns whether nothing is left to do. */
  async function step(state: RoomState, draw: Draw, drawn: DrawnRoom): Promise<boolean> {
    if (draw.version === 1) {
      await drawFirstVersion(redis, drawn)
      return true
    }
    const closing = draw.closing ?? (await closeLobby(redis, drawn, beacon))?.closing
    if (closing === undefined) return false
    if (draw.seed === undefined && !(await fixSeed(drawn, closing, state.at))) return false
    await learnParticipants(drawn, closing)
    return true
  }

  async function fixSeed(drawn: DrawnRoom, closing: LobbyClosing, at: Date): Promise<boolean> {
    const signature = await signatureFor(closing, at)
    if (signature === undefined) return false
    return (await drawClosed(redis, drawn, closing, signature))?.seed !== undefined
  }

  async function learnParticipants({ room, lobbyEntries }: DrawnRoom, closing: LobbyClosing): Promise<void> {
    if (participantsOf(room, closing) !== undefined) return
    const { participants, hash } = await loadParticipants(redis, room, lobbyEntries)
    if (hash !== closing.participantsHash)
      throw new Error(`The participants of ${room} are not those recorded`)
    known.set(room, { participantsHash: hash, participants })
  }

  /** '' where this gateway would let the draw continue without the beacon. */
  async function signatureFor({ round }: LobbyClosing, at: Date): Promise<string | undefined> {
    if (round === undefined) return ''
    if (at < round.at) return undefined
    if (beacon?.publicKey !== round.publicKey) return ''
    return (await beacon.signatureOf(round.number)) ?? ''
  }

  function rest(room: string): void {
    const { nextMs } = rests.get(room) ?? { nextMs: REST_MS }
    rests.set(room, { until: now() + nextMs, nextMs: Math.min(nextMs * 2, REST_MS_MAX) })
  }

  async function run(state: RoomState, draw: Draw, drawn: DrawnRoom): Promise<void> {
    const { room } = state
    running.add(room)
    try {
      const isWaiting = draw.closing?.round !== undefined && state.at < draw.closing.round.at
      if (await step(state, draw, drawn)) rests.delete(room)
      else if (!isWaiting) rest(room)
    } catch (error) {
      rest(room)
      failure = error
    } finally {
      running.delete(room)
    }
  }

  return {
    complete(state) {
      if (state.draw?.closing === undefined) return state
      return {
        ...state,
        draw: { ...state.draw, participants: participantsOf(state.room, state.draw.closing) },
      }
    },

    advance(state) {
      const { room, epoch, phase, draw } = state
      if (phase === 'restoring' || draw?.lobbyEntries === undefined || running.has(room)) return
      if (isDrawn(draw) || (rests.get(room)?.until ?? 0) > now()) return
      const { secret, lobbyEntries } = draw
      void run(state, draw, { room, epoch, secret, lobbyEntries })
    },

    keep(rooms) {
      const kept = new Set(rooms)
      for (const room of known.keys()) if (!kept.has(room)) known.delete(room)
      for (const room of rests.keys()) if (!kept.has(room)) rests.delete(room)
    },

    takeFailure() {
      const taken = failure
      failure = undefined
      return taken
    },
  }
}
