import { ROOM_LIMITS } from '../../shared/api/limits.ts'
import type { FestivalRecord } from '../festivals/read-catalogue.ts'

/** A room's settings as scripts read them (`shared/redis/lua/lib/room.lua`). */
export function settingsInRedis({ festival, room }: FestivalRecord): Record<string, string | number> {
  return {
    order: room.order,
    drawSecret: room.drawSecret ?? '',
    drawVersion: room.drawVersion,
    currency: festival.currency,
    lobbyAt: room.lobbyAt.getTime(),
    opensAt: room.opensAt.getTime(),
    closesAt: room.closesAt.getTime(),
    ratePerSecond: room.ratePerSecond,
    maxActive: room.maxActive,
    entriesMax: room.entriesMax,
    graceSeconds: room.graceSeconds,
    passSeconds: room.passSeconds,
    holdSeconds: room.holdSeconds,
    entriesPerAddressMax: room.entriesPerAddressMax,
    // A room created before the current limit requires no more than that limit.
    proofOfWork: Math.min(room.proofOfWork, ROOM_LIMITS.proofOfWork.max),
    participantsPerNetworkMax: room.participantsPerNetworkMax,
    participantsPerDomainMax: room.participantsPerDomainMax,
    beacon: room.beacon,
    paused: room.paused ? 1 : 0,
    noticeKo: room.noticeKo ?? '',
    noticeEn: room.noticeEn ?? '',
    version: room.version,
  }
}

/** Its ticket types as scripts read them; units of a type that Redis does not know yet cannot be sold. */
export function typesInRedis({ ticketTypes }: FestivalRecord) {
  return ticketTypes.map((type) => ({
    type: type.id,
    quantity: type.quantity,
    sold: 0,
    price: type.priceMinor,
    limit: type.accountLimit,
    from: type.saleFrom.getTime(),
    to: type.saleTo.getTime(),
  }))
}
