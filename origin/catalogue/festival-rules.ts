import type { InputError } from '../../shared/api/problem.ts'
import { missingSellerFields, type Seller, type SellerField, sellsPaid } from '../../shared/seller.ts'
import type { FestivalRow, TicketTypeRow } from '../festivals/read-catalogue.ts'

/** The limits of an installation. */
export type FestivalLimits = {
  /** Published at the same time: as many as the catalogue reads. */
  festivalsMax: number
  /** Per festival. */
  ticketTypesMax: number
  unitsPerTypeMax: number
  unitsPerFestivalMax: number
}

export const UNITS_PER_TYPE_MAX = 100_000
export const UNITS_PER_FESTIVAL_MAX = 300_000
/** Drafts that one organiser has created and neither published nor deleted. */
export const DRAFTS_PER_ORGANISER_MAX = 100
/** Drafts of an installation. Two concurrent requests may exceed it by one. */
export const DRAFTS_MAX = 2000

/** The maximum amount of a payment: an unsigned INT. */
const AMOUNT_MINOR_MAX = 2 ** 32 - 1

/** A festival's own fields, as organisers send them. */
export type FestivalFields = Pick<
  FestivalRow,
  | ('name' | 'nameKo' | 'nameEn' | 'place' | 'placeKo' | 'placeEn')
  | ('startsAt' | 'endsAt' | 'currency' | 'timeZone')
  | ('checkInBeforeMinutes' | 'checkInAfterMinutes')
  | SellerField
> & {
  description: { ko: string | null; en: string | null }
}

/** A ticket type's own fields, as organisers send them. */
export type TicketTypeFields = Omit<TicketTypeRow, 'id' | 'festivalId'>

export type Refusal =
  /** The fields contradict each other, or exceed a limit. */
  | { status: 'invalid'; errors: InputError[] }
  /** They contradict the current state; `field` is the invalid one, where there is one. */
  | { status: 'conflict'; detail: string; field?: string }

/** Validation errors of a festival's fields except its times (`shared/api/festival-times.ts`). */
export function festivalErrors({ currency }: Pick<FestivalFields, 'currency'>): InputError[] {
  if (CURRENCIES.has(currency)) return []
  return [{ pointer: '/currency', detail: 'There is no such currency (ISO 4217)' }]
}

/** What is missing of the seller, in the festival's document, where it sells paid tickets. */
export function sellerErrors(seller: Seller, types: readonly { priceMinor: number }[]): InputError[] {
  if (!sellsPaid(types)) return []
  return missingSellerFields(seller).map((field) => ({
    pointer: `/${field}`,
    detail: 'The seller has to be known before paid tickets are sold',
    code: 'seller-missing',
  }))
}

/**
 * Why a published festival cannot begin to sell a paid ticket type: its seller is not known. A type that was paid for
 * before stays as it is, as in festivals from before sellers were asked for.
 */
export function paidTypeErrors(
  { published, ...seller }: Seller & { published: boolean },
  { priceMinor, before = 0 }: { priceMinor: number; before?: number },
): InputError[] {
  const missing = missingSellerFields(seller)
  if (!published || before > 0 || priceMinor === 0 || missing.length === 0) return []
  const detail = `Before paid tickets are sold, the festival needs ${missing.join(', ')}`
  return [{ pointer: '/priceMinor', detail, code: 'seller-needed' }]
}

/** Validation errors of a ticket type's fields except its times. */
export function ticketTypeErrors(
  { quantity }: Pick<TicketTypeFields, 'quantity'>,
  { unitsPerTypeMax }: FestivalLimits,
): InputError[] {
  if (quantity <= unitsPerTypeMax) return []
  return [{ pointer: '/quantity', detail: `A type has at most ${unitsPerTypeMax} units` }]
}

/** Whether a basket may cost more than one payment can. */
export function isTooDear(types: readonly Pick<TicketTypeFields, 'priceMinor' | 'accountLimit'>[]): boolean {
  const dearest = types.reduce((sum, { priceMinor, accountLimit }) => sum + priceMinor * accountLimit, 0)
  return dearest > AMOUNT_MINOR_MAX
}

/** Why a festival cannot have these ticket types together, or undefined. */
export function tooMuchTogether(
  types: readonly Pick<TicketTypeFields, 'quantity' | 'priceMinor' | 'accountLimit'>[],
  { ticketTypesMax, unitsPerFestivalMax }: FestivalLimits,
): Refusal | undefined {
  if (types.length > ticketTypesMax) {
    return { status: 'conflict', detail: `A festival has at most ${ticketTypesMax} ticket types` }
  }
  const total = types.reduce((sum, { quantity }) => sum + quantity, 0)
  if (total > unitsPerFestivalMax) {
    const detail = `A festival has at most ${unitsPerFestivalMax} units in all`
    return { status: 'conflict', detail, field: 'quantity' }
  }
  if (isTooDear(types)) {
    const detail = 'The dearest basket that an account may buy costs more than one payment can'
    return { status: 'conflict', detail, field: 'priceMinor' }
  }
  return undefined
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))
