import type { RoomRow } from '../festivals/read-catalogue.ts'

/** The notice for all waiting fans, in the languages it was written in. */
type Notice = { ko: string | null; en: string | null }

/** The settings of a room that an organiser may see and change. The draw's secret is not among them. */
export type RoomSettings = Omit<RoomRow, (typeof NOT_SETTINGS)[number] | 'noticeKo' | 'noticeEn'> & {
  notice: Notice | null
}

/** What Naru itself stores of a room. */
const NOT_SETTINGS = [
  'id',
  'drawSecret',
  'drawVersion',
  'version',
  'epoch',
  'keptRun',
  'lobbyEntries',
  'drawSeed',
  'drawRecord',
  'restored',
  'archivedAt',
  'leftRedisAt',
] as const

export function settingsOf(row: RoomRow): RoomSettings {
  const { noticeKo: ko, noticeEn: en, ...rest } = row
  const settings = Object.fromEntries(
    Object.entries(rest).filter(([name]) => !(NOT_SETTINGS as readonly string[]).includes(name)),
  ) as Omit<RoomSettings, 'notice'>
  return { ...settings, notice: ko === null && en === null ? null : { ko, en } }
}
