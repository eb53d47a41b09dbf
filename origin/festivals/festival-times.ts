import type { FestivalTimes, TimesStage } from '../../shared/api/festival-times.ts'
import type { FestivalRecord } from './read-catalogue.ts'

export function timesOf({ festival, room, ticketTypes }: FestivalRecord): FestivalTimes {
  const { startsAt, endsAt } = festival
  return { startsAt, endsAt, room, ticketTypes }
}

export function stageOf({ festival }: FestivalRecord): TimesStage {
  return festival.published ? 'published' : 'draft'
}
