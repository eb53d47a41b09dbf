import { createRoute, z } from '@hono/zod-openapi'
import { EMAIL_CHARACTERS_MAX, parseEmailAddress } from '../email-address.ts'
import { SELLER_LENGTHS } from '../seller.ts'
import { readTimeZone } from '../zoned-time.ts'
import { BeaconSchema, OrderSchema, RoomScheduleSchema } from './admin-rooms.ts'
import { IdempotencyKeyHeader, IfMatchHeader, InstantSchema, intBetween, singleLineText } from './fields.ts'
import {
  CHECK_IN_MINUTES,
  DESCRIPTION_CHARACTERS_MAX,
  NAME_CHARACTERS_MAX,
  ROOM_LIMITS,
  TICKET_TYPE_LIMITS,
  TIME_ZONE_DEFAULT,
  TYPE_NAME_CHARACTERS_MAX,
} from './limits.ts'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const DescriptionTextSchema = z
  .string()
  .trim()
  .max(DESCRIPTION_CHARACTERS_MAX)
  .nullable()
  .transform((value) => (value === '' ? null : value))

/** Translations for organisers' pages in a language. */
const RESERVED_IDS: ReadonlySet<string> = new Set(['new'])

/** The range of UNSIGNED INT, of which the configuration allows a part. */
const UNITS_MAX = 10_000_000

const ticketTypeFields = {
  name: singleLineText(TYPE_NAME_CHARACTERS_MAX),
  nameKo: singleLineText(TYPE_NAME_CHARACTERS_MAX).nullable(),
  nameEn: singleLineText(TYPE_NAME_CHARACTERS_MAX).nullable(),
  priceMinor: intBetween(TICKET_TYPE_LIMITS.priceMinor),
  quantity: z.int().min(1).max(UNITS_MAX),
  accountLimit: intBetween(TICKET_TYPE_LIMITS.accountLimit),
  saleFrom: InstantSchema,
  saleTo: InstantSchema,
  refundUntil: InstantSchema,
}

const TimeZoneSchema = z
  .string()
  .max(64)
  .transform((name, context) => {
    const timeZone = readTimeZone(name)
    if (timeZone !== undefined) return timeZone
    context.addIssue({ code: 'custom', message: 'the name of a time zone, such as Asia/Seoul (IANA)' })
    return z.NEVER
  })
  .openapi({
    type: 'string',
    description:
      'The IANA name of the time zone in which its times are shown; a change of it moves no instant',
  })

const sellerLine = (field: keyof typeof SELLER_LENGTHS) => singleLineText(SELLER_LENGTHS[field]).nullable()

/** Who sells the tickets: all but the mail-order registration is needed before paid ones are sold. */
const sellerFields = {
  sellerName: sellerLine('sellerName'),
  sellerRepresentative: sellerLine('sellerRepresentative'),
  sellerRegistration: sellerLine('sellerRegistration'),
  sellerMailOrder: sellerLine('sellerMailOrder').openapi({
    description: 'In Korea, the number of the mail-order business registration',
  }),
  sellerAddress: sellerLine('sellerAddress'),
  sellerEmail: z
    .string()
    .max(EMAIL_CHARACTERS_MAX)
    .refine((address) => parseEmailAddress(address) !== undefined, 'an e-mail address')
    .nullable(),
  sellerPhone: z
    .string()
    .trim()
    .max(SELLER_LENGTHS.sellerPhone)
    .regex(/^\+?[\d() -]{5,}$/, 'a phone number')
    .nullable(),
}

const festivalFields = {
  ...sellerFields,
  name: singleLineText(NAME_CHARACTERS_MAX),
  place: singleLineText(NAME_CHARACTERS_MAX),
  nameKo: singleLineText(NAME_CHARACTERS_MAX)
    .nullable()
    .openapi({ description: 'On Korean pages; null: `name`' }),
  nameEn: singleLineText(NAME_CHARACTERS_MAX)
    .nullable()
    .openapi({ description: 'On English pages; null: `name`' }),
  placeKo: singleLineText(NAME_CHARACTERS_MAX).nullable(),
  placeEn: singleLineText(NAME_CHARACTERS_MAX).nullable(),
  startsAt: InstantSchema,
  endsAt: InstantSchema,
  currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code'),
  timeZone: TimeZoneSchema,
  checkInBeforeMinutes: intBetween(CHECK_IN_MINUTES).openapi({
    description: 'Tickets are checked in from so many minutes before it begins; earlier, staff must confirm',
  }),
  checkInAfterMinutes: intBetween(CHECK_IN_MINUTES).openapi({
    description: 'Tickets are checked in until so many minutes after it ends; later, staff must confirm',
  }),
}

const DescriptionSchema = z.object({ ko: DescriptionTextSchema, en: DescriptionTextSchema }).strict()

export const NewTicketTypeSchema = z
  .object({
    ...ticketTypeFields,
    nameKo: ticketTypeFields.nameKo.default(null),
    nameEn: ticketTypeFields.nameEn.default(null),
  })
  .strict()
  .openapi('NewTicketType')

export const TicketTypeChangeSchema = z
  .object(ticketTypeFields)
  .partial()
  .strict()
  .refine((change) => Object.keys(change).length > 0, 'give at least one field')
  .openapi('TicketTypeChange')

const FestivalChangeSchema = z
  .object({ ...festivalFields, description: DescriptionSchema })
  .partial()
  .strict()
  .refine((change) => Object.keys(change).length > 0, 'give at least one field')
  .openapi('FestivalChange')

const NewRoomSchema = z
  .object({
    lobbyAt: InstantSchema,
    opensAt: InstantSchema,
    closesAt: InstantSchema,
    order: OrderSchema.optional(),
    ratePerSecond: intBetween(ROOM_LIMITS.ratePerSecond).optional(),
    maxActive: intBetween(ROOM_LIMITS.maxActive).optional(),
    entriesMax: intBetween(ROOM_LIMITS.entriesMax).optional(),
    graceSeconds: intBetween(ROOM_LIMITS.graceSeconds).optional(),
    passSeconds: intBetween(ROOM_LIMITS.passSeconds).optional(),
    holdSeconds: intBetween(ROOM_LIMITS.holdSeconds).optional(),
    entriesPerAddressMax: intBetween(ROOM_LIMITS.entriesPerAddressMax).optional(),
    proofOfWork: intBetween(ROOM_LIMITS.proofOfWork).optional(),
    participantsPerNetworkMax: intBetween(ROOM_LIMITS.participantsPerNetworkMax).optional(),
    participantsPerDomainMax: intBetween(ROOM_LIMITS.participantsPerDomainMax).optional(),
    beacon: BeaconSchema.optional(),
  })
  .strict()

/** A hard limit that applies before the configured one. */
const TYPES_PER_REQUEST_MAX = 1000

export const NewFestivalSchema = z
  .object({
    id: RoomIdSchema.min(3).refine((id) => !RESERVED_IDS.has(id), 'an ID that is not the name of a page'),
    ...festivalFields,
    checkInBeforeMinutes: festivalFields.checkInBeforeMinutes.default(CHECK_IN_MINUTES.defaultBefore),
    checkInAfterMinutes: festivalFields.checkInAfterMinutes.default(CHECK_IN_MINUTES.defaultAfter),
    nameKo: festivalFields.nameKo.default(null),
    nameEn: festivalFields.nameEn.default(null),
    placeKo: festivalFields.placeKo.default(null),
    placeEn: festivalFields.placeEn.default(null),
    sellerName: sellerFields.sellerName.default(null),
    sellerRepresentative: sellerFields.sellerRepresentative.default(null),
    sellerRegistration: sellerFields.sellerRegistration.default(null),
    sellerMailOrder: sellerFields.sellerMailOrder.default(null),
    sellerAddress: sellerFields.sellerAddress.default(null),
    sellerEmail: sellerFields.sellerEmail.default(null),
    sellerPhone: sellerFields.sellerPhone.default(null),
    timeZone: festivalFields.timeZone.default(TIME_ZONE_DEFAULT),
    description: DescriptionSchema.default({ ko: null, en: null }),
    room: NewRoomSchema,
    ticketTypes: z.array(NewTicketTypeSchema).max(TYPES_PER_REQUEST_MAX).default([]),
  })
  .strict()
  .openapi('NewFestival')

const shownType = {
  id: z.int(),
  name: z.string(),
  nameKo: z.string().nullable(),
  nameEn: z.string().nullable(),
  priceMinor: z.int(),
  quantity: z.int(),
  accountLimit: z.int(),
  saleFrom: z.iso.datetime(),
  saleTo: z.iso.datetime(),
  refundUntil: z.iso.datetime(),
}

const shownFestival = {
  id: z.string(),
  name: z.string(),
  place: z.string(),
  sellerName: z.string().nullable(),
  sellerRepresentative: z.string().nullable(),
  sellerRegistration: z.string().nullable(),
  sellerMailOrder: z.string().nullable(),
  sellerAddress: z.string().nullable(),
  sellerEmail: z.string().nullable(),
  sellerPhone: z.string().nullable(),
  nameKo: z.string().nullable(),
  nameEn: z.string().nullable(),
  placeKo: z.string().nullable(),
  placeEn: z.string().nullable(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  currency: z.string(),
  timeZone: z.string(),
  checkInBeforeMinutes: z.int(),
  checkInAfterMinutes: z.int(),
  description: z.object({ ko: z.string().nullable(), en: z.string().nullable() }),
  image: z.string().nullable(),
  published: z.boolean().openapi({ description: 'Fans see it; until then it is a draft' }),
  createdAt: z.iso.datetime(),
  version: z.int().openapi({
    description: 'One more with each change of it, its room or its ticket types; also its entity tag',
  }),
  room: RoomScheduleSchema.openapi({ description: 'Its other settings are at /admin/rooms/{room}' }),
}

export const ListedFestivalSchema = z
  .object({ ...shownFestival, ticketTypes: z.array(z.object(shownType)) })
  .openapi('ListedFestival')

export const AdminFestivalSchema = z
  .object({
    ...shownFestival,
    ticketTypes: z.array(
      z.object({
        ...shownType,
        sold: z.int(),
        quantityMin: z.int().openapi({ description: 'As low as the quantity can go: the highest unit sold' }),
      }),
    ),
  })
  .openapi('AdminFestival')

const LISTED_MAX = 100
const path = '/admin/festivals'
const one = `${path}/{festival}`
const params = z.object({ festival: RoomIdSchema })
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'unavailable', 'forbidden'),
}
const shownOne = jsonResponse(AdminFestivalSchema, 'The festival as it is now')

export const listFestivalsRoute = createRoute({
  operationId: 'listFestivals',
  method: 'get',
  path,
  summary: 'Festivals and drafts whose team one is in, those made last first',
  security,
  request: {
    query: z.object({
      offset: z.coerce.number().int().min(0).max(100_000).default(0),
      limit: z.coerce.number().int().min(1).max(LISTED_MAX).default(LISTED_MAX),
    }),
  },
  responses: {
    200: jsonResponse(z.object({ festivals: z.array(ListedFestivalSchema) }), 'Festivals'),
    ...common,
  },
})

export const createFestivalRoute = createRoute({
  operationId: 'createFestival',
  method: 'post',
  path,
  summary: 'Make a festival, as a draft',
  security,
  request: { headers: IdempotencyKeyHeader, body: jsonBody(NewFestivalSchema) },
  responses: {
    201: jsonResponse(AdminFestivalSchema, 'The draft'),
    ...common,
    ...problemResponses('festival-taken', 'too-many-drafts', 'conflict', 'bad-request', 'too-many'),
    ...problemResponses('invalid-input', 'idempotency-key-reused'),
  },
})

export const readFestivalRoute = createRoute({
  operationId: 'readFestival',
  method: 'get',
  path: one,
  summary: 'A festival or draft, with what is sold of it',
  security,
  request: { params },
  responses: { 200: shownOne, ...common, ...problemResponses('not-found') },
})

export const changeFestivalRoute = createRoute({
  operationId: 'changeFestival',
  method: 'patch',
  path: one,
  summary: 'Change what a festival is and says, also once it is published',
  security,
  request: { params, headers: IfMatchHeader, body: jsonBody(FestivalChangeSchema) },
  responses: {
    200: shownOne,
    ...common,
    ...problemResponses('not-found', 'conflict', 'precondition-failed'),
  },
})

export const deleteDraftRoute = createRoute({
  operationId: 'deleteDraft',
  method: 'delete',
  path: one,
  summary: 'Delete a draft in which nothing was ever paid for',
  security,
  request: { params, headers: IfMatchHeader },
  responses: {
    204: { description: 'Deleted' },
    ...common,
    ...problemResponses('not-found', 'conflict', 'precondition-failed'),
  },
})

const changesOne = {
  security,
  request: { params, headers: IfMatchHeader },
  responses: {
    200: shownOne,
    ...common,
    ...problemResponses('not-found', 'conflict', 'precondition-failed'),
  },
}

export const publishFestivalRoute = createRoute({
  operationId: 'publishFestival',
  method: 'post',
  path: `${one}/publish`,
  summary: 'Show a draft to fans',
  description: 'Safe to repeat.',
  ...changesOne,
})

export const unpublishFestivalRoute = createRoute({
  operationId: 'unpublishFestival',
  method: 'post',
  path: `${one}/unpublish`,
  summary: 'Make a festival a draft again, as long as nobody has entered its room',
  description: 'Safe to repeat.',
  ...changesOne,
})

export type AdminFestival = z.input<typeof AdminFestivalSchema>
export type AdminTicketType = AdminFestival['ticketTypes'][number]
export type ListedFestival = z.input<typeof ListedFestivalSchema>
