import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { RoomState, TypeStock } from './admit.ts'

export const StatusSchema = z
  .object({
    room: z.string(),
    phase: z.enum(['scheduled', 'lobby', 'open', 'sold-out', 'closed']),
    entries: z.int().meta({ description: 'How many have entered' }),
    serving: z.int().meta({ description: 'The highest position called so far; -1 before the first' }),
    ratePerSecond: z.int().meta({ description: 'How many may be called in a second' }),
    ticketTypes: z.array(
      z.object({
        type: z.int(),
        availability: z.enum(['plenty', 'few', 'held', 'none']),
        mayReturn: z.int().meta({ description: 'Units that others hold and have not paid for' }),
      }),
    ),
    poll: z
      .object({ nearPositions: z.int(), nearSeconds: z.int(), farSeconds: z.int(), jitterShare: z.number() })
      .meta({
        description:
          'Ask again after nearSeconds when fewer than nearPositions are before you, up to farSeconds when more are; ' +
          'vary it by jitterShare either way',
      }),
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
const JITTER_SHARE = 0.2

export function toStatus(
  state: RoomState,
  options: { stale: boolean; pollNearSeconds: number; pollFarSeconds: number },
): Status {
  return {
    room: state.room,
    phase: state.phase === 'open' && isSoldOut(state.stock) ? 'sold-out' : state.phase,
    entries: state.entries,
    serving: state.serving,
    ratePerSecond: state.ratePerSecond,
    ticketTypes: state.stock.map((stock) => ({
      type: stock.type,
      availability: availabilityOf(stock),
      mayReturn: stock.held,
    })),
    poll: {
      nearPositions: state.ratePerSecond * NEAR_CALL_SECONDS,
      nearSeconds: options.pollNearSeconds,
      farSeconds: options.pollFarSeconds,
      jitterShare: JITTER_SHARE,
    },
    stale: options.stale,
  }
}

/** A status as it goes over the wire, with a strong validator (RFC 9110, section 8.8.3). */
export type StatusBytes = { body: Uint8Array<ArrayBuffer>; etag: string }

export function toBytes(status: Status): StatusBytes {
  const body = new TextEncoder().encode(JSON.stringify(status))
  return { body, etag: `"${createHash('sha1').update(body).digest('base64url')}"` }
}

/** True when no type can ever be sold again: all is owned, or its sale is over. */
function isSoldOut(stock: readonly TypeStock[]): boolean {
  return stock.length > 0 && stock.every(({ free, held, ended }) => ended || (free === 0 && held === 0))
}

function availabilityOf({ quantity, free, held }: TypeStock): Status['ticketTypes'][number]['availability'] {
  if (free > 0) return free < quantity * FEW_SHARE ? 'few' : 'plenty'
  return held > 0 ? 'held' : 'none'
}
