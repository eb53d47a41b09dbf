import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { LobbyClosing } from '../../shared/api/draw-record.ts'
import type { ClosingSchema, StatusSchema } from '../../shared/api/room-status.ts'
import { commitmentOf, type Draw, isDrawn } from './draw.ts'
import type { Pace } from './pace.ts'
import type { Phase, RoomState, TypeStock } from './room-state.ts'

export function shownClosing({ closedAt, round, ...hashes }: LobbyClosing): z.output<typeof ClosingSchema> {
  return {
    ...hashes,
    closedAt: closedAt.toISOString(),
    ...(round === undefined ? {} : { round: { ...round, at: round.at.toISOString() } }),
  }
}

export type Status = z.output<typeof StatusSchema>

/** Below this share of its quantity, a ticket type counts as having few left. */
const FEW_SHARE = 0.2
/** Fans who will be called within this time poll often. */
const NEAR_CALL_SECONDS = 20
export const JITTER_SHARE = 0.2
/** How often fans at the end of the queue poll the status. */
export const POLL_FAR_SECONDS = 30

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
    shop: options.health === 0 ? 'unavailable' : options.health < 1 ? 'slow' : 'up',
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

/** A status as it is sent, with a strong validator (RFC 9110, section 8.8.3). */
export type StatusBytes = { body: Uint8Array<ArrayBuffer>; etag: string }

export function toBytes(status: Status): StatusBytes {
  const body = new TextEncoder().encode(JSON.stringify(status))
  return { body, etag: `"${createHash('sha1').update(body).digest('base64url')}"` }
}

function isSelling(phase: Phase): boolean {
  return phase === 'open' || phase === 'paused'
}

/** True when no type can be sold again: every unit is owned, or its sale is over. */
function isSoldOut(stock: readonly TypeStock[]): boolean {
  return stock.length > 0 && stock.every(({ free, held, ended }) => ended || (free === 0 && held === 0))
}

function availabilityOf({ quantity, free, held }: TypeStock): Status['ticketTypes'][number]['availability'] {
  if (free > 0) return free < quantity * FEW_SHARE ? 'few' : 'plenty'
  return held > 0 ? 'held' : 'none'
}
