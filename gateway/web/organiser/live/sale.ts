import type { Festival } from '../../../../shared/catalogue.ts'

/** What pages need to know of a festival, including one that gateways do not show yet. */
export type FestivalName = Pick<Festival, 'id' | 'name' | 'timeZone'> & {
  ticketTypes: readonly { id: number; name: string }[]
}
