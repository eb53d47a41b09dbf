import type { RoomSettings } from '../../../../shared/api/admin-rooms.ts'
import { BEACON_RULES } from '../../../../shared/api/draw-record.ts'
import type { Sale } from '../../../../shared/api/sale.ts'

/** The numbers that can be set here, with the minimum and maximum that the API accepts. */
export const STEERED_NUMBERS = {
  ratePerSecond: { min: 1, max: 10_000 },
  maxActive: { min: 1, max: 100_000 },
  entriesMax: { min: 1, max: 10_000_000 },
  entriesPerAddressMax: { min: 0, max: 1_000_000 },
  proofOfWork: { min: 0, max: 1000 },
  participantsPerNetworkMax: { min: 0, max: 1_000_000 },
  participantsPerDomainMax: { min: 0, max: 1_000_000 },
} as const
export type SteeredNumber = keyof typeof STEERED_NUMBERS

/** Numbers that apply only to rooms with a draw. */
export const DRAW_NUMBERS: readonly SteeredNumber[] = [
  'participantsPerNetworkMax',
  'participantsPerDomainMax',
]

const HANDS = ['lobby', 'open', 'resume', 'paused', 'closed', 'reopen'] as const
/** An organiser's manual action on a sale. */
export type Hand = (typeof HANDS)[number]

/** Actions without confirmation: they are urgent, and can be undone. */
export function isDirect(effect: Control['effect']): boolean {
  return effect === 'paused'
}

export const NOTICE_CHARACTERS_MAX = 500
export const REOPEN_MINUTES = { min: 1, max: 1440, usual: 60 }

/** A form of the live page as it was sent: its fields, by name. */
export type ControlFields = Readonly<Record<string, string>>

/** A change to confirm and then to send; `effect` selects the text about what fans will notice. */
export type Control = {
  status: 'read'
  /** The body for the API. */
  change: Record<string, unknown>
  effect: SteeredNumber | 'notice' | 'beacon' | Hand
  /** The changed settings. */
  after: Partial<RoomSettings>
}

export type ReadControl =
  | Control
  /** `field` is where the validation error is shown. */
  | { status: 'invalid'; field: string; error: 'range' | 'tooLong' | 'asIs' }
  | { status: 'unknown' }

/** Reads a form of the live page and compares it with the current settings. */
export function readControl(fields: ControlFields, settings: RoomSettings, now: number): ReadControl {
  const name = fields['control'] ?? ''
  if (isSteeredNumber(name)) return readNumber(name, fields[name], settings)
  if (name === 'notice') return readNotice(fields, settings)
  if (name === 'beacon') return readBeacon(fields['beacon'], settings)
  const hand = HANDS.find((each) => each === fields['hand'])
  return name === 'phase' && hand !== undefined
    ? readHand(hand, fields['minutes'], now)
    : { status: 'unknown' }
}

function readNumber(name: SteeredNumber, text: string | undefined, settings: RoomSettings): ReadControl {
  const { min, max } = STEERED_NUMBERS[name]
  const value = wholeNumber(text)
  if (value === undefined || value < min || value > max) {
    return { status: 'invalid', field: name, error: 'range' }
  }
  if (value === settings[name]) return { status: 'invalid', field: name, error: 'asIs' }
  return { status: 'read', change: { [name]: value }, effect: name, after: { [name]: value } }
}

function readBeacon(chosen: string | undefined, settings: RoomSettings): ReadControl {
  const beacon = BEACON_RULES.find((rule) => rule === chosen)
  if (beacon === undefined) return { status: 'unknown' }
  if (beacon === settings.beacon) return { status: 'invalid', field: 'beacon', error: 'asIs' }
  return { status: 'read', change: { beacon }, effect: 'beacon', after: { beacon } }
}

function readNotice(fields: ControlFields, settings: RoomSettings): ReadControl {
  // A form sends line ends as CR and LF (HTML, section 4.10.22.7); the API counts and stores the text as typed.
  const read = (name: string) => (fields[name] ?? '').replaceAll('\r\n', '\n').trim() || null
  const [ko, en] = [read('noticeKo'), read('noticeEn')]
  for (const [field, text] of [
    ['noticeKo', ko],
    ['noticeEn', en],
  ] as const) {
    if (text !== null && text.length > NOTICE_CHARACTERS_MAX) {
      return { status: 'invalid', field, error: 'tooLong' }
    }
  }
  const notice = ko === null && en === null ? null : { ko, en }
  const same = (settings.notice?.ko ?? null) === ko && (settings.notice?.en ?? null) === en
  if (same) return { status: 'invalid', field: 'noticeKo', error: 'asIs' }
  return { status: 'read', change: { notice }, effect: 'notice', after: { notice } }
}

function readHand(hand: Hand, minutesText: string | undefined, now: number): ReadControl {
  const at = new Date(now).toISOString()
  const read = (change: Record<string, unknown>, after: Partial<RoomSettings>): Control => ({
    status: 'read',
    change,
    effect: hand,
    after,
  })
  switch (hand) {
    case 'lobby':
      return read({ phase: 'lobby' }, { lobbyAt: at })
    case 'open':
      return read({ phase: 'open' }, { opensAt: at })
    case 'resume':
      return read({ phase: 'open' }, { paused: false })
    case 'paused':
      return read({ phase: 'paused' }, { paused: true })
    case 'closed':
      return read({ phase: 'closed' }, { closesAt: at })
    case 'reopen': {
      const minutes = wholeNumber(minutesText)
      if (minutes === undefined || minutes < REOPEN_MINUTES.min || minutes > REOPEN_MINUTES.max) {
        return { status: 'invalid', field: 'minutes', error: 'range' }
      }
      const closesAt = new Date(now + minutes * 60_000).toISOString()
      return read({ phase: 'open', closesAt }, { closesAt })
    }
  }
}

/** The manual actions that a phase of the sale allows. */
export function handsIn(phase: Sale['phase']): Hand[] {
  switch (phase) {
    case 'scheduled':
      return ['lobby', 'open', 'closed']
    case 'lobby':
      return ['open', 'closed']
    case 'open':
    case 'restoring':
      return ['paused', 'closed']
    case 'paused':
      return ['resume', 'closed']
    case 'closed':
      return ['reopen']
  }
}

/** The phase by the schedule, for a room whose stats are unknown. */
export function phaseBySchedule(settings: RoomSettings, now: number): Sale['phase'] {
  if (now >= Date.parse(settings.closesAt)) return 'closed'
  if (now >= Date.parse(settings.opensAt)) return settings.paused ? 'paused' : 'open'
  return now >= Date.parse(settings.lobbyAt) ? 'lobby' : 'scheduled'
}

export function isSteeredNumber(name: string): name is SteeredNumber {
  return Object.hasOwn(STEERED_NUMBERS, name)
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined
}
