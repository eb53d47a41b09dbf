import { createRoute, z } from '@hono/zod-openapi'
import { ChangeSchema, ChangesQuerySchema } from './changes.ts'
import { BEACON_RULES } from './draw-record.ts'
import { IfMatchHeader, InstantSchema, intBetween } from './fields.ts'
import { NOTICE_CHARACTERS_MAX, ROOM_LIMITS } from './limits.ts'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

/** What an organiser can do immediately, whatever the schedule. */
const HAND_PHASES = ['lobby', 'open', 'paused', 'closed'] as const
export type HandPhase = (typeof HAND_PHASES)[number]

export const OrderSchema = z.enum(['arrival', 'draw'])
export const BeaconSchema = z.enum(BEACON_RULES).openapi({
  description:
    'What a draw does about the public beacon’s round: waits for it, goes on without it after a minute, or asks for none. ' +
    'Fixed once the lobby has begun',
})

/** A room within its festival. */
export const RoomScheduleSchema = z.object({
  id: z.string(),
  order: OrderSchema,
  lobbyAt: z.iso.datetime(),
  opensAt: z.iso.datetime(),
  closesAt: z.iso.datetime(),
})

export const RoomSettingsSchema = RoomScheduleSchema.extend({
  ratePerSecond: z.int(),
  maxActive: z.int(),
  entriesMax: z.int(),
  graceSeconds: z.int(),
  passSeconds: z.int(),
  holdSeconds: z.int(),
  entriesPerAddressMax: z.int(),
  proofOfWork: z.int(),
  participantsPerNetworkMax: z.int(),
  participantsPerDomainMax: z.int(),
  beacon: BeaconSchema,
  paused: z.boolean(),
  notice: z.object({ ko: z.string().nullable(), en: z.string().nullable() }).nullable(),
  version: z.int().openapi({
    description: 'One more with each change of it, its festival or its ticket types; also its entity tag',
  }),
}).openapi('RoomSettings')

const NoticeTextSchema = z.string().trim().max(NOTICE_CHARACTERS_MAX).nullable()

/** The fields that each phase sets itself, and that must therefore not be given with it. */
const SET_BY_PHASE = {
  lobby: ['lobbyAt'],
  open: ['lobbyAt', 'opensAt', 'paused'],
  paused: ['paused'],
  closed: ['closesAt'],
} as const satisfies Record<HandPhase, readonly string[]>

const RoomChangeSchema = z
  .object({
    phase: z.enum(HAND_PHASES).openapi({
      description:
        'By hand, now: brings the schedule forward, or pauses. A closed room opens again by `open` with a later ' +
        '`closesAt`; a paused one by `open`',
    }),
    order: OrderSchema,
    lobbyAt: InstantSchema,
    opensAt: InstantSchema,
    closesAt: InstantSchema,
    ratePerSecond: intBetween(ROOM_LIMITS.ratePerSecond),
    maxActive: intBetween(ROOM_LIMITS.maxActive),
    entriesMax: intBetween(ROOM_LIMITS.entriesMax),
    graceSeconds: intBetween(ROOM_LIMITS.graceSeconds),
    passSeconds: intBetween(ROOM_LIMITS.passSeconds),
    holdSeconds: intBetween(ROOM_LIMITS.holdSeconds),
    entriesPerAddressMax: intBetween(ROOM_LIMITS.entriesPerAddressMax).openapi({
      description: 'Entries from one network address (IPv4, or IPv6 /56) in a minute; 0 sets no limit',
    }),
    proofOfWork: intBetween(ROOM_LIMITS.proofOfWork).openapi({
      description: 'What entering costs the device, in thousands of hashes on average; 0 asks for none',
    }),
    participantsPerNetworkMax: intBetween(ROOM_LIMITS.participantsPerNetworkMax).openapi({
      description: 'Places of one network address that take part in the draw; 0 sets no limit',
    }),
    participantsPerDomainMax: intBetween(ROOM_LIMITS.participantsPerDomainMax).openapi({
      description:
        'Places of accounts with addresses at one domain, unless it is a known mail provider’s, that take part in the ' +
        'draw; 0 sets no limit',
    }),
    beacon: BeaconSchema,
    paused: z.boolean(),
    notice: z.object({ ko: NoticeTextSchema, en: NoticeTextSchema }).strict().nullable(),
  })
  .partial()
  .strict()
  .superRefine((change, context) => {
    if (Object.keys(change).length === 0) context.addIssue('give at least one setting, or a phase')
    for (const name of change.phase === undefined ? [] : SET_BY_PHASE[change.phase]) {
      if (change[name] === undefined) continue
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `the phase ${change.phase} sets this itself`,
      })
    }
  })
  .openapi('RoomChange')

const ChangesSchema = z.object({ changes: z.array(ChangeSchema) }).openapi('Changes')

const path = '/admin/rooms/{room}'
const params = z.object({ room: RoomIdSchema })
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'not-found', 'unavailable', 'forbidden'),
}

export const readRoomRoute = createRoute({
  operationId: 'readRoom',
  method: 'get',
  path,
  summary: 'The settings of a room',
  security,
  request: { params },
  responses: { 200: jsonResponse(RoomSettingsSchema, 'The settings'), ...common },
})

export const changeRoomRoute = createRoute({
  operationId: 'changeRoom',
  method: 'patch',
  path,
  summary: 'Change the settings of a room, also while it is open',
  security,
  request: { params, headers: IfMatchHeader, body: jsonBody(RoomChangeSchema) },
  responses: {
    200: jsonResponse(
      RoomSettingsSchema,
      'The settings as they are now; every gateway has them within a second',
    ),
    ...common,
    ...problemResponses('conflict', 'precondition-failed'),
  },
})

export const listRoomChangesRoute = createRoute({
  operationId: 'listRoomChanges',
  method: 'get',
  path: `${path}/changes`,
  summary: 'Who changed what of a room, the newest first',
  security,
  request: {
    params,
    query: ChangesQuerySchema.extend({
      account: z.uuid().optional().openapi({ description: 'All that this account did at the festival' }),
    }),
  },
  responses: {
    200: jsonResponse(ChangesSchema, 'Only the fields that changed, before and after'),
    ...common,
  },
})

export type RoomSettings = z.input<typeof RoomSettingsSchema>
