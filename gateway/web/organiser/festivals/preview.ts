import type { AdminFestival } from '../../../../shared/api/admin-festivals.ts'
import type { Festival } from '../../../../shared/catalogue.ts'
import { sellerOf } from '../../../../shared/seller.ts'
import type { Status } from '../../../room/status.ts'
import type { Sale } from '../../fan/home.ts'

/** A festival as fans would see it if it were published now, without any entries. */
export function previewOf({ description, image, ...festival }: AdminFestival, now: number): Sale {
  const shown: Festival = {
    ...festival,
    ...(description.ko === null && description.en === null ? {} : { description }),
    seller: sellerOf(festival),
    ...(image === null ? {} : { image }),
  }
  const { id: room, lobbyAt, opensAt, closesAt } = festival.room
  const status: Status = {
    room,
    phase: phaseAt(festival.room, now),
    lobbyAt,
    opensAt,
    closesAt,
    entries: 0,
    serving: -1,
    ratePerSecond: 1,
    proofOfWork: false,
    shop: 'up',
    ticketTypes: festival.ticketTypes.map(({ id }) => ({
      type: id,
      availability: 'plenty' as const,
      mayReturn: 0,
    })),
    poll: { nearPositions: 0, nearSeconds: 1, farSeconds: 1, jitterShare: 0 },
    stale: false,
  }
  return { festival: shown, status }
}

function phaseAt({ lobbyAt, opensAt, closesAt }: AdminFestival['room'], now: number): Status['phase'] {
  if (now >= Date.parse(closesAt)) return 'closed'
  if (now >= Date.parse(opensAt)) return 'open'
  return now >= Date.parse(lobbyAt) ? 'lobby' : 'scheduled'
}
