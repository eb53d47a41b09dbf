import type { Festival } from '../../../../shared/catalogue.ts'

/** What pages need of a festival: also of one that gateways do not show yet. */
export type FestivalName = Pick<Festival, 'id' | 'name' | 'timeZone'> & {
  ticketTypes: readonly { id: number; name: string }[]
}
