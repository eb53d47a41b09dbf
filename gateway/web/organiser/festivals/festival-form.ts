import { createHash } from 'node:crypto'
import type { AdminFestival, AdminTicketType } from '../../../../shared/api/admin-festivals.ts'
import type { InputError } from '../../../../shared/api/problem.ts'
import { SELLER_FIELDS, type SellerField } from '../../../../shared/seller.ts'
import { readTimeZone } from '../../../../shared/zoned-time.ts'
import { toMajor, toMinor, toWhole } from './amounts.ts'
import { canonicalLocal, fromLocal, toLocal, withSeconds } from './local-time.ts'

export const FESTIVAL_FIELDS = [
  ...(['name', 'nameKo', 'nameEn', 'place', 'placeKo', 'placeEn'] as const),
  ...(['startsAt', 'endsAt', 'checkInBeforeMinutes', 'checkInAfterMinutes'] as const),
  ...(['timeZone', 'currency', 'descriptionKo', 'descriptionEn'] as const),
] as const
export const SCHEDULE_FIELDS = ['order', 'lobbyAt', 'opensAt', 'closesAt'] as const
export const NEW_FIELDS = ['id', ...FESTIVAL_FIELDS, ...SCHEDULE_FIELDS] as const
export const TYPE_FIELDS = [
  ...([
    'name',
    'nameKo',
    'nameEn',
    'price',
    'quantity',
    'accountLimit',
    'saleFrom',
    'saleTo',
    'refundUntil',
  ] as const),
] as const

export type FieldName = SellerField | (typeof NEW_FIELDS)[number] | (typeof TYPE_FIELDS)[number]
/** The values of a form, as entered or stored. */
export type Values = { readonly [K in FieldName]?: string }

const TIMES: readonly string[] = [
  ...['startsAt', 'endsAt', 'lobbyAt', 'opensAt', 'closesAt', 'saleFrom', 'saleTo', 'refundUntil'],
]

/** Empty fields are unchanged, or get the default. */
const DEFAULTED: readonly string[] = ['timeZone', 'checkInBeforeMinutes', 'checkInAfterMinutes']

/** Left empty where a language has no translation. */
const TRANSLATED: readonly string[] = ['nameKo', 'nameEn', 'placeKo', 'placeEn', ...SELLER_FIELDS]

const LONG: readonly string[] = ['descriptionKo', 'descriptionEn']

export const isTime = (name: FieldName): boolean => TIMES.includes(name)

/** The pointers of fields in the API's bodies, where they differ. */
const POINTERS: { readonly [K in FieldName]?: string } = {
  price: '/priceMinor',
  descriptionKo: '/description/ko',
  descriptionEn: '/description/en',
}

/** The stable codes of the API's validation errors, by the fields of a form. */
export type ErrorCodes = { readonly [K in FieldName]?: string }

/** The fields of a form that the API's errors point at, with the codes that some of the errors have. */
export function errorsOf(
  fields: readonly FieldName[],
  errors: readonly InputError[] | undefined,
): { errors: Set<FieldName>; codes: ErrorCodes } {
  const byPointer = new Map((errors ?? []).map((error) => [error.pointer.replace(/^\/room/, ''), error]))
  const found = fields.flatMap((name) => {
    const error = byPointer.get(POINTERS[name] ?? `/${name}`)
    return error === undefined ? [] : [{ name, code: error.code }]
  })
  return {
    errors: new Set(found.map(({ name }) => name)),
    codes: Object.fromEntries(found.flatMap(({ name, code }) => (code === undefined ? [] : [[name, code]]))),
  }
}

/** The form values of a festival. */
export function festivalValues(festival: Omit<AdminFestival, 'ticketTypes'>): Values {
  const { id, name, place, currency, timeZone, description, room } = festival
  const time = (instant: string) => toLocal(instant, timeZone)
  return {
    id,
    name,
    place,
    nameKo: festival.nameKo ?? '',
    nameEn: festival.nameEn ?? '',
    placeKo: festival.placeKo ?? '',
    placeEn: festival.placeEn ?? '',
    ...Object.fromEntries(SELLER_FIELDS.map((field) => [field, festival[field] ?? ''])),
    currency,
    timeZone,
    startsAt: time(festival.startsAt),
    endsAt: time(festival.endsAt),
    checkInBeforeMinutes: String(festival.checkInBeforeMinutes ?? ''),
    checkInAfterMinutes: String(festival.checkInAfterMinutes ?? ''),
    descriptionKo: description.ko ?? '',
    descriptionEn: description.en ?? '',
    order: room.order,
    lobbyAt: time(room.lobbyAt),
    opensAt: time(room.opensAt),
    closesAt: time(room.closesAt),
  }
}

export function typeValues(
  type: AdminTicketType,
  { currency, timeZone }: Pick<AdminFestival, 'currency' | 'timeZone'>,
): Values {
  const time = (instant: string) => toLocal(instant, timeZone)
  return {
    name: type.name,
    nameKo: type.nameKo ?? '',
    nameEn: type.nameEn ?? '',
    price: toMajor(type.priceMinor, currency),
    quantity: String(type.quantity),
    accountLimit: String(type.accountLimit),
    saleFrom: time(type.saleFrom),
    saleTo: time(type.saleTo),
    refundUntil: time(type.refundUntil),
  }
}

/** The hidden field that holds the mark of the shown value. */
export const shownName = (name: FieldName): string => `shown-${name}`

/** The field with the offset of a time that occurs twice when clocks are put back. */
export const offsetName = (name: FieldName): string => `${name}-offset`

/**
 * A mark that is equal for equal values; for long texts a digest, since forms have a size limit (`FESTIVAL_BYTES_MAX`).
 */
export function shownMark(name: FieldName, value: string): string {
  if (isTime(name)) return withSeconds(value) ?? value
  // Forms send line ends as CR LF (HTML, section 4.10.21.8).
  const text = value.trim().replaceAll('\r\n', '\n')
  return LONG.includes(name) ? createHash('sha256').update(text).digest('base64url') : text
}

export type ReadFields = {
  errors: Set<FieldName>
  /** Fields that both the organiser and another user changed. */
  conflicts: Set<FieldName>
  /** The values of the form: as entered, or else as stored. */
  values: Values
  /** The body for the API, with null for invalid values, which it refuses except for a description. */
  body: Record<string, unknown>
}

/**
 * Reads a form's fields for the API. With `stored`, only those that the organiser changed since they were shown: a
 * colleague's changes are preserved, and an instant keeps the milliseconds that a form does not show.
 *
 * Times are in the form's own time zone field, if it has one: with a new zone they keep their clock times, and move.
 *
 * @param options.currency - of prices, which are in its major unit
 * @param options.timeZone - of times in a form without a time zone
 */
export function readFields(
  fields: readonly FieldName[],
  form: Readonly<Record<string, string>>,
  { stored, ...festival }: { timeZone: string; currency: string; stored?: Values },
): ReadFields {
  const written = { ...festival, timeZone: zoneIn(form) ?? festival.timeZone }
  const isMoved = written.timeZone !== festival.timeZone
  const errors = new Set<FieldName>()
  const conflicts = new Set<FieldName>()
  const body: Record<string, unknown> = {}
  const values: { [K in FieldName]?: string } = {}
  for (const { name, text, change, previous } of changesIn(fields, form, {
    stored,
    isMoved,
    timeZone: written.timeZone,
  })) {
    values[name] = change === 'none' ? previous : text
    if (change === 'none') continue
    if (change === 'conflict') conflicts.add(name)
    const value = readField(name, text, written)
    if (value === undefined) errors.add(name)
    // An invalid value is sent as null, which the API refuses along with all other errors.
    body[name === 'price' ? 'priceMinor' : name] = value ?? null
  }
  return { errors, conflicts, values, body: withDescription(body, values) }
}

/** @param options.isMoved - to another time zone, in which unchanged clock times are different instants */
function changesIn(
  fields: readonly FieldName[],
  form: Readonly<Record<string, string>>,
  options: { stored: Values | undefined; isMoved: boolean; timeZone: string },
) {
  const { stored, isMoved, timeZone } = options
  const written = fields.filter((name) => !isLeftOut(name, form))
  return written.map((name) => {
    const field = { text: textIn(form, name, timeZone), shown: form[shownName(name)], stored: stored?.[name] }
    const change = isMoved && isTime(name) ? 'own' : changeOf(name, field)
    return { name, text: field.text, change, previous: field.stored ?? '' }
  })
}

/** The text of a field; for an ambiguous time, a second field selects the offset. */
function textIn(form: Readonly<Record<string, string>>, name: FieldName, timeZone: string): string {
  const text = (form[name] ?? '').trim()
  return isTime(name) ? canonicalLocal(text + (form[offsetName(name)] ?? ''), timeZone) : text
}

function zoneIn({ timeZone = '' }: Readonly<Record<string, string>>): string | undefined {
  return readTimeZone(timeZone.trim())
}

function isLeftOut(name: FieldName, form: Readonly<Record<string, string>>): boolean {
  if (TRANSLATED.includes(name) && form[name] === undefined) return true
  return DEFAULTED.includes(name) && (form[name] ?? '').trim() === ''
}

/** @param field.shown - missing in a form without marks: then the stored value was shown */
function changeOf(
  name: FieldName,
  { text, shown, stored }: { text: string; shown: string | undefined; stored: string | undefined },
): 'none' | 'own' | 'conflict' {
  if (stored === undefined) return 'own'
  const [written, now] = [shownMark(name, text), shownMark(name, stored)]
  if (written === now || written === shown) return 'none'
  return shown === undefined || shown === now ? 'own' : 'conflict'
}

function readField(
  name: FieldName,
  text: string,
  { timeZone, currency }: { timeZone: string; currency: string },
): string | number | null | undefined {
  if (isTime(name)) return fromLocal(text, timeZone)
  switch (name) {
    case 'timeZone':
      return readTimeZone(text)
    case 'price':
      return toMinor(text, currency)
    case 'checkInBeforeMinutes':
    case 'checkInAfterMinutes':
    case 'quantity':
    case 'accountLimit':
      return toWhole(text)
    case 'nameKo':
    case 'nameEn':
    case 'placeKo':
    case 'placeEn':
    case 'descriptionKo':
    case 'descriptionEn':
    case 'sellerName':
    case 'sellerRepresentative':
    case 'sellerRegistration':
    case 'sellerMailOrder':
    case 'sellerAddress':
    case 'sellerEmail':
    case 'sellerPhone':
      return text === '' ? null : text
    default:
      return text === '' ? undefined : text
  }
}

/** The API takes both languages together. */
function withDescription({ descriptionKo, descriptionEn, ...body }: Record<string, unknown>, values: Values) {
  if (descriptionKo === undefined && descriptionEn === undefined) return body
  const text = (value: string | undefined) => (value === undefined || value === '' ? null : value)
  return { ...body, description: { ko: text(values.descriptionKo), en: text(values.descriptionEn) } }
}
