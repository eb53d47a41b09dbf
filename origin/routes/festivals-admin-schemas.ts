import { z } from '@hono/zod-openapi'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { readTimeZone } from '../../shared/zoned-time.ts'
import {
  CHECK_IN_MINUTES,
  DESCRIPTION_CHARACTERS_MAX,
  NAME_CHARACTERS_MAX,
  TICKET_TYPE_LIMITS,
  TIME_ZONE_DEFAULT,
  TYPE_NAME_CHARACTERS_MAX,
} from '../catalogue/festival-rules.ts'
import { ROOM_LIMITS } from '../rooms/settings.ts'
import { BeaconSchema, InstantSchema, number, OrderSchema } from './rooms.ts'
import { words } from './words.ts'

const DescriptionTextSchema = z
  .string()
  .trim()
  .max(DESCRIPTION_CHARACTERS_MAX)
  .nullable()
  .transform((value) => (value === '' ? null : value))

/** Where organisers' pages have something else. */
const RESERVED_IDS: ReadonlySet<string> = new Set(['new'])

/** UNSIGNED INT, of which the configuration allows a part. */
const UNITS_MAX = 10_000_000

const ticketTypeFields = {
  name: words(TYPE_NAME_CHARACTERS_MAX),
  nameKo: words(TYPE_NAME_CHARACTERS_MAX).nullable(),
  nameEn: words(TYPE_NAME_CHARACTERS_MAX).nullable(),
  priceMinor: number(TICKET_TYPE_LIMITS.priceMinor),
  quantity: z.int().min(1).max(UNITS_MAX),
  accountLimit: number(TICKET_TYPE_LIMITS.accountLimit),
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

const festivalFields = {
  name: words(NAME_CHARACTERS_MAX),
  place: words(NAME_CHARACTERS_MAX),
  nameKo: words(NAME_CHARACTERS_MAX).nullable().openapi({ description: 'On Korean pages; null: `name`' }),
  nameEn: words(NAME_CHARACTERS_MAX).nullable().openapi({ description: 'On English pages; null: `name`' }),
  placeKo: words(NAME_CHARACTERS_MAX).nullable(),
  placeEn: words(NAME_CHARACTERS_MAX).nullable(),
  startsAt: InstantSchema,
  endsAt: InstantSchema,
  currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code'),
  timeZone: TimeZoneSchema,
  checkInBeforeMinutes: number(CHECK_IN_MINUTES).openapi({
    description: 'Tickets are checked in from so many minutes before it begins; earlier, staff must confirm',
  }),
  checkInAfterMinutes: number(CHECK_IN_MINUTES).openapi({
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

export const FestivalChangeSchema = z
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
    ratePerSecond: number(ROOM_LIMITS.ratePerSecond).optional(),
    maxActive: number(ROOM_LIMITS.maxActive).optional(),
    entriesMax: number(ROOM_LIMITS.entriesMax).optional(),
    graceSeconds: number(ROOM_LIMITS.graceSeconds).optional(),
    passSeconds: number(ROOM_LIMITS.passSeconds).optional(),
    holdSeconds: number(ROOM_LIMITS.holdSeconds).optional(),
    entriesPerAddressMax: number(ROOM_LIMITS.entriesPerAddressMax).optional(),
    proofOfWork: number(ROOM_LIMITS.proofOfWork).optional(),
    participantsPerNetworkMax: number(ROOM_LIMITS.participantsPerNetworkMax).optional(),
    participantsPerDomainMax: number(ROOM_LIMITS.participantsPerDomainMax).optional(),
    beacon: BeaconSchema.optional(),
  })
  .strict()

/** More are refused before the configuration is asked. */
const TYPES_AT_ONCE_MAX = 1000

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
    timeZone: festivalFields.timeZone.default(TIME_ZONE_DEFAULT),
    description: DescriptionSchema.default({ ko: null, en: null }),
    room: NewRoomSchema,
    ticketTypes: z.array(NewTicketTypeSchema).max(TYPES_AT_ONCE_MAX).default([]),
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
  picture: z.string().nullable(),
  published: z.boolean().openapi({ description: 'Fans see it; until then it is a draft' }),
  createdAt: z.iso.datetime(),
  version: z.int().openapi({
    description: 'One more with each change of it, its room or its ticket types; also its entity tag',
  }),
  room: z
    .object({
      id: z.string(),
      order: OrderSchema,
      lobbyAt: z.iso.datetime(),
      opensAt: z.iso.datetime(),
      closesAt: z.iso.datetime(),
    })
    .openapi({ description: 'Its other settings are at /admin/rooms/{room}' }),
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
