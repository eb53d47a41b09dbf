import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { LobbyClosing } from '../../shared/api/draw-record.ts'
import { publishTestRoom, type TestSettings, useRedis } from '../../shared/testing/redis.ts'
import { admitOnce } from '../testing/room.ts'
import { bindPlace } from './bind-place.ts'
import { type Draw, firstSeedOf, positionOf, seedOf } from './draw.ts'
import { enterRoom } from './enter-room.ts'
import { type DrawVersion, ENTRY_BYTES } from './entry.ts'
import { closeLobby, loadParticipants } from './make-draw.ts'
import { createParticipants, type Participants } from './participants.ts'

/*
 * What an unfair participant gains, over this many draws. Lobbies are filled, bound and closed by the room's own
 * scripts. Entries, secrets and rounds derive from fixed texts, and seeds from a fixed room name, so that every run
 * sees the same draws.
 */

const { redis } = useRedis()
const HOUR_MS = 3_600_000
const DRAWS = 200
const HONEST = 40
/** A place is uniform in 0…1 as a share of the participants; its mean over the draws has this deviation. */
const DEVIATION = 1 / Math.sqrt(12 * DRAWS)
/** Five deviations: a fair draw fails this once in millions. */
const BOUND = 5 * DEVIATION

const ROOM = 'simulated'
const BEACON = { publicKey: 'cd'.repeat(96), genesisMs: 0, periodMs: 3000 }
const hash = (text: string, algorithm = 'sha256') => createHash(algorithm).update(text).digest()
const secretOf = (draw: number) => hash(`secret ${draw}`)
/** Unpredictable when the lobby closes; 48 bytes in hex. */
const signatureOf = (draw: number) => hash(`round ${draw}`, 'sha384').toString('hex')
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

type Account = { account: string; proven: boolean }
/** The lobby's entries in order of arrival; undefined for an entry that is not bound. */
type Arrivals = readonly (Account | undefined)[]
type Closed = { lobbyEntries: number; closing: LobbyClosing; participants: Participants }

const honestFans: Arrivals = Array.from({ length: HONEST }, (_, n) => ({ account: `fan-${n}`, proven: true }))

async function openLobby(arrivals: Arrivals, settings: TestSettings): Promise<string> {
  const opensAt = Date.now() + HOUR_MS
  const room = await publishTestRoom(redis(), { settings: { ...settings, opensAt } })
  await arrive(room, arrivals, 0)
  return room
}

async function arrive(room: string, arrivals: Arrivals, from: number): Promise<void> {
  // One connection preserves the order of what is sent over it.
  await Promise.all(
    arrivals.map((who, n) => {
      const entered = enterRoom({ redis: redis(), rememberSeconds: 60 }, room, entryOf(from + n))
      return who === undefined ? entered : bind(room, from + n, who)
    }),
  )
}

const ENTRIES = Array.from({ length: 1000 }, (_, n) => hash(`entry ${n}`).subarray(0, ENTRY_BYTES))
const entryOf = (index: number): Buffer => ENTRIES[index] ?? hash(`entry ${index}`)

function bind(room: string, index: number, { account, proven }: Account) {
  const proof = proven ? { network: '', domain: '' } : undefined
  return bindPlace(redis(), { room, index, account, proof }, () => undefined)
}

async function closeRoom(room: string, settings: TestSettings): Promise<Closed> {
  await publishTestRoom(redis(), { room, settings: { ...settings, version: 2 } })
  const { epoch, draw } = await admitOnce(redis(), room)
  const lobbyEntries = draw?.lobbyEntries ?? -1
  const drawn = { room, epoch, secret: Buffer.alloc(0), lobbyEntries }
  const record = await closeLobby(redis(), drawn, BEACON)
  if (record?.closing === undefined) throw new Error('the lobby has closed')
  const { participants } = await loadParticipants(redis(), room, lobbyEntries)
  return { lobbyEntries, closing: record.closing, participants }
}

const drawing = (draw = 0) =>
  ({ order: 'draw', drawSecret: secretOf(draw).toString('hex'), beacon: 'required' }) as const

function drawOf(closed: Closed, version: DrawVersion, seed: Buffer): Draw {
  const { lobbyEntries, closing, participants } = closed
  const secret = Buffer.alloc(0)
  return { version, secret, beacon: 'required', lobbyEntries, closing, signature: '', seed, participants }
}

/** The best position among these places, as a share of the participants: 1 and above is behind all of them. */
function bestOf(indexes: readonly number[], draw: Draw): number {
  const positions = indexes.map((index) => positionOf(index, draw) ?? Number.NaN)
  return Math.min(...positions) / (draw.participants?.count ?? 0)
}

function drawMany(closed: Closed): Draw[] {
  return Array.from({ length: DRAWS }, (_, n) => {
    const { lobbyEntries, closing } = closed
    return drawOf(closed, 2, seedOf(secretOf(n), ROOM, lobbyEntries, closing, signatureOf(n)))
  })
}

const range = (from: number, length: number) => Array.from({ length }, (_, n) => from + n)

describe(`C2: over ${DRAWS} draws`, () => {
  it('a hoarder with one account and 500 entries gains nothing over an honest fan', async () => {
    const HOARDED = 500
    const hoarder = { account: 'hoarder', proven: true }
    const room = await openLobby(
      [...Array.from({ length: HOARDED }, () => hoarder), ...honestFans],
      drawing(),
    )
    const closed = await closeRoom(room, drawing())
    expect(closed.lobbyEntries).toBe(HOARDED + HONEST)
    expect(closed.participants.count).toBe(1 + HONEST)
    const draws = drawMany(closed)
    const hoarded = mean(draws.map((draw) => bestOf(range(0, HOARDED), draw)))
    const honest = mean(draws.map((draw) => bestOf([HOARDED], draw)))
    expect(Math.abs(honest - 0.5)).toBeLessThan(BOUND)
    expect(hoarded).toBeGreaterThan(0.5 - BOUND)

    // The measure detects a hoarder where there is one: version 1 would have drawn this entire lobby.
    const everything = createParticipants(Buffer.alloc(Math.ceil(closed.lobbyEntries / 8), 0xff))
    const previous = range(0, 10).map((n) => {
      const seed = firstSeedOf(secretOf(n), ROOM, closed.lobbyEntries, hash('log'))
      return bestOf(range(0, HOARDED), drawOf({ ...closed, participants: everything }, 1, seed))
    })
    expect(mean(previous)).toBeLessThan(0.01)
  })

  it('50 unproven accounts never come before an honest fan', async () => {
    const UNPROVEN = 50
    const unproven = range(0, UNPROVEN).map((n) => ({ account: `unproven-${n}`, proven: false }))
    const room = await openLobby([...unproven, ...honestFans], drawing())
    const closed = await closeRoom(room, drawing())
    expect(closed.participants.count).toBe(HONEST)
    for (const draw of drawMany(closed)) {
      expect(bestOf(range(0, UNPROVEN), draw)).toBe(1)
      for (const index of range(UNPROVEN, HONEST)) expect(bestOf([index], draw)).toBeLessThan(1)
    }
  })

  it('an organiser who adds entries until a friend’s place comes out well gains nothing by it', async () => {
    const ATTEMPTS = 16
    const FANS = 10
    const FRIEND = 3
    const fans = honestFans.slice(0, FANS)
    const gains = await Promise.all(
      range(0, DRAWS).map(async (n) => {
        const room = await openLobby(fans, drawing(n))
        // The organiser knows the secret, and all rounds up to the last one before the closing.
        const foreseen = (added: number, signature: string) => {
          const closed = foreseeClosing(FANS, added)
          return bestOf(
            [FRIEND],
            drawOf(closed, 2, seedOf(secretOf(n), ROOM, FANS + added, closed.closing, signature)),
          )
        }
        const bestWith = (signature: string) => {
          const places = range(0, ATTEMPTS).map((added) => foreseen(added, signature))
          return places.indexOf(Math.min(...places))
        }
        const added = bestWith(signatureOf(-1))
        await arrive(
          room,
          Array.from({ length: added }, () => undefined),
          FANS,
        )
        const closed = await closeRoom(room, drawing(n))
        expect(closed.closing).toMatchObject(hashesOf(foreseeClosing(FANS, added).closing))
        const seed = seedOf(secretOf(n), ROOM, closed.lobbyEntries, closed.closing, signatureOf(n))
        const beaconless = bestWith('')
        return {
          withBeacon: bestOf([FRIEND], drawOf(closed, 2, seed)),
          without: foreseen(beaconless, ''),
        }
      }),
    )
    // Of ten places the mean share is 0.45.
    const fair = (FANS - 1) / 2 / FANS
    expect(Math.abs(mean(gains.map(({ withBeacon }) => withBeacon)) - fair)).toBeLessThan(BOUND)
    // The measure detects an organiser who is not bound to a round: the record of such a draw warns of this.
    expect(mean(gains.map(({ without }) => without))).toBeLessThan(0.1)
  })

  it.each([
    ['entries', 'the round before', signatureOf(-1), false],
    ['entries', 'no round', '', false],
    ['proven accounts', 'the round before', signatureOf(-1), true],
    ['proven accounts', 'no round', '', true],
  ])(
    'an organiser who adds %s, chosen by the result %s would give, gains nothing for any friend',
    (_, __, guess, isProven) => {
      const gains = range(0, DRAWS).map((draw) => friendsGain(draw, guess, isProven))
      expect(Math.abs(mean(gains))).toBeLessThan(BOUND)
      // The measure detects an organiser who knows the round.
      const known = range(0, 20).map((draw) => friendsGain(draw, signatureOf(draw), isProven))
      expect(mean(known)).toBeLessThan(-0.3)
    },
  )
})

/**
 * The place of one of ten fans as a share of the participants, minus the fair share, when the organiser guesses the
 * round.
 */
function friendsGain(draw: number, guess: string, isProven: boolean): number {
  const FANS = 10
  const place = (added: number, signature: string) => {
    const closed = foreseeClosing(FANS, added, isProven ? added : 0)
    const seed = seedOf(secretOf(draw), ROOM, FANS + added, closed.closing, signature)
    const count = closed.participants.count
    return bestOf([draw % FANS], drawOf(closed, 2, seed)) - (count - 1) / 2 / count
  }
  const guessed = range(0, 16).map((added) => place(added, guess))
  return place(guessed.indexOf(Math.min(...guessed)), signatureOf(draw))
}

/**
 * The closing of a lobby of fans who all take part, after the given numbers of entries and participants have been
 * added.
 */
function foreseeClosing(fans: number, added: number, takingPart = 0): Closed {
  const lobbyEntries = fans + added
  const bitmap = Buffer.alloc(Math.ceil(lobbyEntries / 8))
  for (let index = 0; index < fans + takingPart; index += 1) {
    bitmap.writeUInt8(bitmap.readUInt8(index >> 3) | (0x80 >> (index % 8)), index >> 3)
  }
  const log = Buffer.concat(range(0, lobbyEntries).map(entryOf))
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  const round = { number: 7, at: new Date(0), publicKey: BEACON.publicKey }
  const hashes = { logHash: sha256(log), participantsHash: sha256(bitmap) }
  const closing = { participants: fans + takingPart, ...hashes, closedAt: new Date(0), round }
  return { lobbyEntries, closing, participants: createParticipants(bitmap) }
}

function hashesOf({ participants, logHash, participantsHash }: LobbyClosing) {
  return { participants, logHash, participantsHash }
}
