import { createHash } from 'node:crypto'
import { z } from 'zod'
import { BEACON_RULES, type LobbyClosing } from '../../shared/draw-record.ts'
import { commitmentOf, type Draw, isDrawn } from './draw.ts'
import type { Pace } from './pace.ts'
import type { Phase, RoomState, TypeStock } from './room-state.ts'

/** With what a lobby closed, for everyone to note before the beacon's round exists. */
export const ClosingSchema = z
  .object({
    participants: z.int().meta({ description: 'How many places take part in the draw' }),
    logHash: z.string().meta({ description: 'SHA-256 of the log of lobby entries, in hex' }),
    participantsHash: z.string().meta({ description: 'SHA-256 of the bitmap of participants, in hex' }),
    closedAt: z.iso.datetime(),
    round: z.object({ number: z.int(), at: z.iso.datetime(), publicKey: z.string() }).optional().meta({
      description: 'Of the beacon, that the seed takes, and when it is due; missing where there is none',
    }),
  })
  .meta({ id: 'DrawClosing' })

export function shownClosing({ closedAt, round, ...hashes }: LobbyClosing): z.output<typeof ClosingSchema> {
  return {
    ...hashes,
    closedAt: closedAt.toISOString(),
    ...(round === undefined ? {} : { round: { ...round, at: round.at.toISOString() } }),
  }
}

export const StatusSchema = z
  .object({
    room: z.string(),
    phase: z.enum(['restoring', 'scheduled', 'lobby', 'open', 'paused', 'sold-out', 'closed']).meta({
      description:
        'restoring: the room was lost and comes back within seconds, or no origin keeps it; asking for the place once ' +
        'gives it back for sure',
    }),
    lobbyAt: z.iso.datetime(),
    opensAt: z.iso.datetime(),
    closesAt: z.iso.datetime(),
    entries: z.int().meta({ description: 'How many have entered' }),
    serving: z.int().meta({ description: 'The highest position called so far; -1 before the first' }),
    ratePerSecond: z.int().meta({ description: 'How many may be called in a second' }),
    pace: z
      .object({ perSecond: z.number(), low: z.number(), high: z.number() })
      .optional()
      .meta({
        description:
          'How fast the line moves, and the range that is sure: whoever has n before them waits n / high to n / low ' +
          'seconds. Missing while it is not known',
      }),
    proofOfWork: z.boolean().meta({
      description:
        'True when entering takes a proof of work, for which /rooms/{room}/challenge has the challenge',
    }),
    shop: z.enum(['up', 'slow', 'away']).meta({
      description:
        'slow: fewer are called, so that it can keep up; away: nobody is called, and places are kept',
    }),
    ticketTypes: z.array(
      z.object({
        type: z.int(),
        availability: z.enum(['plenty', 'few', 'held', 'none']),
        mayReturn: z.int().meta({ description: 'Units that others hold and have not paid for' }),
      }),
    ),
    notice: z
      .object({ ko: z.string(), en: z.string() })
      .optional()
      .meta({ description: 'What the organiser has to say to everyone waiting' }),
    poll: z
      .object({ nearPositions: z.int(), nearSeconds: z.int(), farSeconds: z.int(), jitterShare: z.number() })
      .meta({
        description:
          'Ask again after nearSeconds when fewer than nearPositions are before you, up to farSeconds when more are; ' +
          'vary it by jitterShare either way',
      }),
    draw: z
      .object({
        version: z
          .int()
          .meta({ description: '1: all of the lobby takes part; 2: places of proven accounts' }),
        commitment: z.string().meta({ description: 'SHA-256 of the secret, in hex' }),
        beacon: z.enum(BEACON_RULES).meta({
          description:
            'What the draw does about the public beacon: waits for its round, goes on without it after a minute, or ' +
            'asks for none',
        }),
        lobbyEntries: z
          .int()
          .optional()
          .meta({ description: 'How many came before the opening; known from then on' }),
        closing: ClosingSchema.optional(),
        drawn: z.boolean(),
      })
      .optional()
      .meta({ description: 'In rooms that draw lots among those who came before the opening' }),
    stale: z
      .boolean()
      .meta({ description: 'True while the room cannot be read, and this is how it last stood' }),
  })
  .meta({ id: 'Status' })

export type Status = z.output<typeof StatusSchema>
export type PollRule = Status['poll']

/** Below this share of its quantity, a ticket type has few left. */
const FEW_SHARE = 0.2
/** Who will be called within this time asks often. */
const NEAR_CALL_SECONDS = 20
export const JITTER_SHARE = 0.2

export type StatusOptions = {
  stale: boolean
  health: number
  pace: Pace | undefined
  pollNearSeconds: number
  pollFarSeconds: number
}

export function toStatus(state: RoomState, options: StatusOptions): Status {
  return {
    room: state.room,
    phase: isSelling(state.phase) && isSoldOut(state.stock) ? 'sold-out' : state.phase,
    lobbyAt: state.lobbyAt.toISOString(),
    opensAt: state.opensAt.toISOString(),
    closesAt: state.closesAt.toISOString(),
    entries: state.entries,
    serving: state.serving,
    ratePerSecond: state.ratePerSecond,
    proofOfWork: state.proofOfWork > 0,
    ...(options.pace === undefined ? {} : { pace: options.pace }),
    shop: options.health === 0 ? 'away' : options.health < 1 ? 'slow' : 'up',
    ticketTypes: state.stock.map((stock) => ({
      type: stock.type,
      availability: availabilityOf(stock),
      mayReturn: stock.held,
    })),
    ...(state.notice.ko === '' && state.notice.en === '' ? {} : { notice: state.notice }),
    poll: {
      nearPositions: state.ratePerSecond * NEAR_CALL_SECONDS,
      nearSeconds: options.pollNearSeconds,
      farSeconds: options.pollFarSeconds,
      jitterShare: JITTER_SHARE,
    },
    ...(state.draw === undefined ? {} : { draw: shownDraw(state.draw) }),
    stale: options.stale,
  }
}

function shownDraw(draw: Draw): Status['draw'] {
  const { version, secret, beacon, lobbyEntries, closing } = draw
  return {
    ...{ version, commitment: commitmentOf(secret), beacon },
    ...(lobbyEntries === undefined ? {} : { lobbyEntries }),
    ...(closing === undefined ? {} : { closing: shownClosing(closing) }),
    drawn: isDrawn(draw),
  }
}

/** A status as it goes over the wire, with a strong validator (RFC 9110, section 8.8.3). */
export type StatusBytes = { body: Uint8Array<ArrayBuffer>; etag: string }

export function toBytes(status: Status): StatusBytes {
  const body = new TextEncoder().encode(JSON.stringify(status))
  return { body, etag: `"${createHash('sha1').update(body).digest('base64url')}"` }
}

function isSelling(phase: Phase): boolean {
  return phase === 'open' || phase === 'paused'
}

/** True when no type can ever be sold again: all is owned, or its sale is over. */
function isSoldOut(stock: readonly TypeStock[]): boolean {
  return stock.length > 0 && stock.every(({ free, held, ended }) => ended || (free === 0 && held === 0))
}

function availabilityOf({ quantity, free, held }: TypeStock): Status['ticketTypes'][number]['availability'] {
  if (free > 0) return free < quantity * FEW_SHARE ? 'few' : 'plenty'
  return held > 0 ? 'held' : 'none'
}
