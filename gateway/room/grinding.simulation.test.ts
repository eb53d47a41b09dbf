import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { LobbyClosing } from '../../shared/draw-record.ts'
import { type Draw, positionOf, seedOf } from './draw.ts'
import { createParticipants } from './participants.ts'

/*
 * An organiser who knows the secret from the beginning, and adds entries and proven accounts of their own until a friend's
 * place comes out well. All is fixed by a seed: the bounds hold for this run once and for all, and are those of chance.
 */

const DRAWS = 200
const FANS = 50
const TRIES = 16
/** Half a million HMACs, on a machine that may be busy. */
const TIMEOUT_MS = 240_000
const ROOM = 'festival'
/** Of one honest fan: the mean of so many uniform places, as a share of the line, is within four standard deviations. */
const BOUND = 4 * Math.sqrt(1 / 12 / DRAWS)

const bytes = (label: string): Buffer => createHmac('sha512', 'C2, fixed').update(label).digest()
const hex = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

/** A lobby of fans who all take part, the friend among them, and then the organiser's own entries. */
function lobby(draw: number, added: number) {
  const count = FANS + added
  const bitmap = Buffer.alloc(Math.ceil(count / 8), 0xff)
  if (count % 8 > 0) bitmap.writeUInt8(0xff & ~(0xff >> (count % 8)), bitmap.length - 1)
  const closing: LobbyClosing = {
    participants: count,
    // Of the log no more matters than that it is another one with each entry added.
    logHash: hex(bytes(`log ${draw} ${added}`)),
    participantsHash: hex(bitmap),
    closedAt: new Date(0),
    round: { number: draw + 1, at: new Date(0), publicKey: '' },
  }
  return { count, closing, participants: createParticipants(bitmap) }
}

/** Where in the line the friend stands, from 0 (first) to 1 (last), when the round is signed so. */
function friendsShare(draw: number, added: number, signature: string): number {
  const secret = bytes(`secret ${draw}`).subarray(0, 32)
  const friend = draw % FANS
  const { count, closing, participants } = lobby(draw, added)
  const drawn: Draw = {
    ...{ version: 2, secret, beacon: 'required', lobbyEntries: count, closing, signature, participants },
    seed: seedOf(secret, ROOM, count, closing, signature),
  }
  return (positionOf(friend, drawn) ?? Number.NaN) / (count - 1)
}

/** The number of entries to add with which the friend would come out best, if the round were signed as guessed. */
function grind(draw: number, guess: string): number {
  const shares = Array.from({ length: TRIES }, (_, added) => friendsShare(draw, added, guess))
  return shares.indexOf(Math.min(...shares))
}

const signatureOf = (draw: number) =>
  bytes(`round ${draw + 1}`)
    .toString('hex')
    .slice(0, 96)
const mean = (shares: readonly number[]) => shares.reduce((sum, share) => sum + share, 0) / shares.length
const draws = Array.from({ length: DRAWS }, (_, draw) => draw)

describe('C2: an organiser who adds entries until a friend’s place comes out well', () => {
  it(
    'gains nothing over one honest fan in 200 draws, since the round is not known when the lobby closes',
    () => {
      const honest = draws.map((draw) => friendsShare(draw, 0, signatureOf(draw)))
      // The best that can be done: to try with what is known, the round before, or none.
      const guesses = [(draw: number) => signatureOf(draw - 1), () => '']
      const ground = guesses.map((guess) =>
        draws.map((draw) => friendsShare(draw, grind(draw, guess(draw)), signatureOf(draw))),
      )
      for (const shares of [honest, ...ground]) expect(Math.abs(mean(shares) - 0.5)).toBeLessThan(BOUND)
    },
    TIMEOUT_MS,
  )

  it(
    'would have the first places without a beacon, which is what the record then says',
    () => {
      const ground = draws.map((draw) => friendsShare(draw, grind(draw, ''), ''))
      expect(mean(ground)).toBeLessThan(3 / TRIES)
    },
    TIMEOUT_MS,
  )
})
