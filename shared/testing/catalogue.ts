import type { Festival } from '../catalogue.ts'

/** A published festival as the catalogue has it, all of whose times are the given one. */
export function testFestival(
  id: string,
  { at = new Date().toISOString(), ...more }: Partial<Festival> & { at?: string } = {},
): Festival {
  return {
    id,
    name: 'Test',
    place: 'Seoul',
    startsAt: at,
    endsAt: at,
    currency: 'KRW',
    timeZone: 'Asia/Seoul',
    room: { id, order: 'arrival', lobbyAt: at, opensAt: at, closesAt: at },
    ticketTypes: [],
    ...more,
  }
}
