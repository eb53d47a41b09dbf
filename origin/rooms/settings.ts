import type { RoomRow } from '../catalogue/read-catalogue.ts'

/** What everyone waiting is told, in the languages it was written in. */
export type Notice = { ko: string | null; en: string | null }

/** What an organiser may see and change of a room. The draw's secret is not among it. */
export type RoomSettings = Omit<RoomRow, (typeof NOT_SETTINGS)[number] | 'noticeKo' | 'noticeEn'> & {
  notice: Notice | null
}

/** What Naru itself keeps of a room. */
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

/** The least and the most that a setting may be. */
export const ROOM_LIMITS = {
  ratePerSecond: { min: 1, max: 10_000 },
  maxActive: { min: 1, max: 100_000 },
  entriesMax: { min: 1, max: 10_000_000 },
  graceSeconds: { min: 10, max: 3600 },
  passSeconds: { min: 30, max: 3600 },
  holdSeconds: { min: 30, max: 3600 },
  entriesPerAddressMax: { min: 0, max: 1_000_000 },
  /** In thousands of hashes: a million take a common phone some 10 s, of the challenge's 300 s. */
  proofOfWork: { min: 0, max: 1000 },
  participantsPerNetworkMax: { min: 0, max: 1_000_000 },
  participantsPerDomainMax: { min: 0, max: 1_000_000 },
} as const

export const NOTICE_CHARACTERS_MAX = 500

export function settingsOf(row: RoomRow): RoomSettings {
  const { noticeKo: ko, noticeEn: en, ...rest } = row
  const settings = Object.fromEntries(
    Object.entries(rest).filter(([name]) => !(NOT_SETTINGS as readonly string[]).includes(name)),
  ) as Omit<RoomSettings, 'notice'>
  return { ...settings, notice: ko === null && en === null ? null : { ko, en } }
}
