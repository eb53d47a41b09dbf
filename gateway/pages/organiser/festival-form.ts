import { fromLocal, toLocal, withSeconds } from './local-time.ts'

/** What the API answers organisers about a festival. */
export type AdminFestival = {
  id: string
  name: string
  place: string
  startsAt: string
  endsAt: string
  currency: string
  description: { ko: string | null; en: string | null }
  picture: string | null
  published: boolean
  room: { id: string; order: 'arrival' | 'draw'; lobbyAt: string; opensAt: string; closesAt: string }
  ticketTypes: AdminTicketType[]
}

export type AdminTicketType = {
  id: number
  name: string
  priceMinor: number
  quantity: number
  accountLimit: number
  saleFrom: string
  saleTo: string
  refundUntil: string
  sold: number
  quantityMin: number
}

export type ListedFestival = Omit<AdminFestival, 'ticketTypes'> & {
  ticketTypes: Omit<AdminTicketType, 'sold' | 'quantityMin'>[]
}

export const FESTIVAL_FIELDS = [
  ...(['name', 'place', 'startsAt', 'endsAt', 'currency', 'descriptionKo', 'descriptionEn'] as const),
] as const
export const SCHEDULE_FIELDS = ['order', 'lobbyAt', 'opensAt', 'closesAt'] as const
export const NEW_FIELDS = ['id', ...FESTIVAL_FIELDS, ...SCHEDULE_FIELDS] as const
export const TYPE_FIELDS = [
  ...(['name', 'price', 'quantity', 'accountLimit', 'saleFrom', 'saleTo', 'refundUntil'] as const),
] as const

export type FieldName = (typeof NEW_FIELDS)[number] | (typeof TYPE_FIELDS)[number]
/** A form as it was filled in, or is to be. */
export type Values = { readonly [K in FieldName]?: string }

const TIMES: readonly string[] = [
  ...['startsAt', 'endsAt', 'lobbyAt', 'opensAt', 'closesAt', 'saleFrom', 'saleTo', 'refundUntil'],
]

export const isTime = (name: FieldName): boolean => TIMES.includes(name)

/** Where a field is in the API's bodies, as its refusals point at it. */
const POINTERS: { readonly [K in FieldName]?: string } = {
  price: '/priceMinor',
  descriptionKo: '/description/ko',
  descriptionEn: '/description/en',
}

/** The fields of a form that the API's refusal points at. */
export function faultsOf(
  fields: readonly FieldName[],
  errors: readonly { pointer: string }[] | undefined,
): Set<FieldName> {
  const pointers = (errors ?? []).map(({ pointer }) => pointer.replace(/^\/room/, ''))
  return new Set(fields.filter((name) => pointers.includes(POINTERS[name] ?? `/${name}`)))
}

/** A festival as its form shows it. */
export function festivalValues(festival: Omit<AdminFestival, 'ticketTypes'>, timeZone: string): Values {
  const { id, name, place, currency, description, room } = festival
  const time = (instant: string) => toLocal(instant, timeZone)
  return {
    id,
    name,
    place,
    currency,
    startsAt: time(festival.startsAt),
    endsAt: time(festival.endsAt),
    descriptionKo: description.ko ?? '',
    descriptionEn: description.en ?? '',
    order: room.order,
    lobbyAt: time(room.lobbyAt),
    opensAt: time(room.opensAt),
    closesAt: time(room.closesAt),
  }
}

export function typeValues(type: AdminTicketType, currency: string, timeZone: string): Values {
  const time = (instant: string) => toLocal(instant, timeZone)
  return {
    name: type.name,
    price: toMajor(type.priceMinor, currency),
    quantity: String(type.quantity),
    accountLimit: String(type.accountLimit),
    saleFrom: time(type.saleFrom),
    saleTo: time(type.saleTo),
    refundUntil: time(type.refundUntil),
  }
}

export type ReadFields = { faults: Set<FieldName>; values: Values; body: Record<string, unknown> }

/**
 * Reads fields out of a form, for the API. With `before`, only those that say something else than it: an instant keeps the
 * milliseconds that a form does not show.
 *
 * @param options.currency - in which prices are, in its major unit
 */
export function readFields(
  fields: readonly FieldName[],
  form: Readonly<Record<string, string>>,
  { timeZone, currency, before }: { timeZone: string; currency: string; before?: Values },
): ReadFields {
  const faults = new Set<FieldName>()
  const body: Record<string, unknown> = {}
  const values: Values = Object.fromEntries(fields.map((name) => [name, (form[name] ?? '').trim()]))
  for (const name of fields) {
    const text = values[name] ?? ''
    if (before !== undefined && sameText(name, text, before[name])) continue
    const value = readField(name, text, { timeZone, currency })
    if (value === undefined) faults.add(name)
    else body[name === 'price' ? 'priceMinor' : name] = value
  }
  return { faults, values, body: withDescription(body, values) }
}

function readField(
  name: FieldName,
  text: string,
  { timeZone, currency }: { timeZone: string; currency: string },
): string | number | null | undefined {
  if (isTime(name)) return fromLocal(text, timeZone)
  switch (name) {
    case 'price':
      return toMinor(text, currency)
    case 'quantity':
    case 'accountLimit':
      return /^\d{1,9}$/.test(text) ? Number(text) : undefined
    case 'descriptionKo':
    case 'descriptionEn':
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

function sameText(name: FieldName, text: string, before: string | undefined): boolean {
  if (isTime(name)) return withSeconds(text) === before
  // Forms send line ends as CR LF (HTML, section 4.10.21.8).
  return text.replaceAll('\r\n', '\n') === before?.replaceAll('\r\n', '\n')
}

/** An amount as people write it into a field, exact: `12.50`. */
function toMajor(amountMinor: number, currency: string): string {
  const digits = fractionDigits(currency)
  if (digits === 0) return String(amountMinor)
  const text = String(amountMinor).padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

function toMinor(text: string, currency: string): number | undefined {
  const digits = fractionDigits(currency)
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d*))?$/.exec(text.replaceAll(',', '')) ?? []
  if (whole === undefined || fraction.length > digits) return undefined
  return Number(whole + fraction.padEnd(digits, '0'))
}

function fractionDigits(currency: string): number {
  try {
    return (
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
      2
    )
  } catch {
    return 2
  }
}
