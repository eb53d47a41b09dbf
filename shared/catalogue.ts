import { z } from 'zod'
import { CheckoutSchema } from './checkout.ts'

/** Festivals that are published at the same time, each with a room in Redis that every gateway reads. */
export const FESTIVALS_MAX = 200

/** The catalogue that the origin sends to gateways; gateways serve it publicly from their own copy. */
const TicketTypeSchema = z.object({
  id: z.int().positive(),
  name: z.string(),
  /** On pages in a language that has its own version. */
  nameKo: z.string().nullish(),
  nameEn: z.string().nullish(),
  priceMinor: z.int().min(0),
  accountLimit: z.int().positive(),
  saleFrom: z.iso.datetime(),
  saleTo: z.iso.datetime(),
  refundUntil: z.iso.datetime(),
})

export const FestivalSchema = z.object({
  id: z.string(),
  name: z.string(),
  place: z.string(),
  /** On pages in a language that has its own versions. */
  nameKo: z.string().nullish(),
  nameEn: z.string().nullish(),
  placeKo: z.string().nullish(),
  placeEn: z.string().nullish(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  currency: z.string().length(3),
  /** IANA name. Older origins send none. */
  timeZone: z.string().default('Asia/Seoul'),
  /** In the languages it was written in; absent when there is none. */
  description: z.object({ ko: z.string().nullable(), en: z.string().nullable() }).optional(),
  /** Its image's ID, which is a hash of it; see `imageName`. */
  image: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Who sells its tickets; missing where nothing is known. */
  seller: z
    .object({
      sellerName: z.string().optional(),
      sellerRepresentative: z.string().optional(),
      sellerRegistration: z.string().optional(),
      sellerMailOrder: z.string().optional(),
      sellerAddress: z.string().optional(),
      sellerEmail: z.string().optional(),
      sellerPhone: z.string().optional(),
    })
    .optional(),
  room: z.object({
    id: z.string(),
    order: z.enum(['arrival', 'draw']),
    lobbyAt: z.iso.datetime(),
    opensAt: z.iso.datetime(),
    closesAt: z.iso.datetime(),
  }),
  ticketTypes: z.array(TicketTypeSchema),
  /** How many hours a fan has to pay into an account; missing where the organiser takes no deposits. */
  deposit: z.object({ hours: z.int().positive() }).optional(),
})

/**
 * A room that has left Redis, with what gateways need to keep serving it. Never shown unfiltered: its settings include
 * the secret of a draw that did not take place.
 */
const ArchivedRoomSchema = z.object({
  room: z.string(),
  /** As scripts receive them while the room is in Redis. */
  settings: z.record(z.string(), z.union([z.string(), z.number()])),
  epoch: z.int(),
  ticketTypes: z.array(z.int()),
  entries: z.int(),
  /** The highest position called; -1 before the first call. */
  serving: z.int(),
  /** The draw's record as scripts store it (`shared/api/draw-record.ts`); '' where none was begun. */
  draw: z.string(),
})

export const ArchivedFestivalSchema = z.object({ festival: FestivalSchema, archived: ArchivedRoomSchema })

export const CatalogueSchema = z.object({
  /** On sale, about to be, or to come: festivals long over are requested one by one. */
  festivals: z.array(FestivalSchema),
  /** The rooms of these that have left Redis. */
  archived: z.array(ArchivedRoomSchema).optional(),
  /** How fans can pay. Older origins send none. */
  checkout: CheckoutSchema.optional(),
})

export type Festival = z.output<typeof FestivalSchema>
export type ArchivedRoom = z.output<typeof ArchivedRoomSchema>
export type ArchivedFestival = z.output<typeof ArchivedFestivalSchema>
export type Catalogue = z.output<typeof CatalogueSchema>

/** Widths in pixels in which an image is stored. */
export const IMAGE_WIDTHS = [480, 960, 1600] as const

/** Every image is cropped to this shape, so that a page can reserve its height before it loads. */
export const IMAGE_SHAPE = { width: 16, height: 9 } as const

/** The name under which an image of a width is stored and served; its content never changes. */
export function imageName(image: string, width: (typeof IMAGE_WIDTHS)[number]): string {
  return `${image}-${width}.webp`
}

/** The image that a name refers to, or undefined when it is not an image name. */
export function imageOf(name: string): string | undefined {
  const [, image, width] = /^([0-9a-f]{64})-(\d+)\.webp$/.exec(name) ?? []
  return IMAGE_WIDTHS.some((each) => String(each) === width) ? image : undefined
}
