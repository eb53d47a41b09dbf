import { createRoute, z } from '@hono/zod-openapi'
import { BEACON_RULES } from '../../shared/draw-record.ts'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { Change, ReadChangesInput } from '../audit/read-changes.ts'
import type { RoomRow } from '../catalogue/read-catalogue.ts'
import { HAND_PHASES, type RoomChange } from '../rooms/apply-change.ts'
import type { ChangeRoomInput, ChangeRoomResult } from '../rooms/change-room.ts'
import { NOTICE_CHARACTERS_MAX, ROOM_LIMITS, settingsOf } from '../rooms/settings.ts'
import { ChangeSchema, ChangesQuerySchema } from './changes-schemas.ts'
import { IfMatchHeader, outdated, readIfMatch, versionEtag } from './if-match.ts'
import type { OriginEnv } from './principal.ts'
import { refusalProblem } from './refusal-problem.ts'
import { requireTeam } from './require-access.ts'

export const OrderSchema = z.enum(['arrival', 'draw'])
export const BeaconSchema = z.enum(BEACON_RULES).openapi({
  description:
    'What a draw does about the public beacon’s round: waits for it, goes on without it after a minute, or asks for none. ' +
    'Fixed once the lobby has begun',
})
export const number = ({ min, max }: { min: number; max: number }) => z.int().min(min).max(max)

const RoomSettingsSchema = z
  .object({
    id: z.string(),
    order: OrderSchema,
    lobbyAt: z.iso.datetime(),
    opensAt: z.iso.datetime(),
    closesAt: z.iso.datetime(),
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
  })
  .openapi('RoomSettings')

/** MySQL's DATETIME goes to the end of the year 9999, in UTC. */
export const InstantSchema = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) < Date.UTC(10_000, 0), 'not in 1970 to 9999')
  .transform((text) => new Date(text))
  .openapi({
    type: 'string',
    format: 'date-time',
    description: 'With Z or an offset; kept to the millisecond',
  })

const NoticeTextSchema = z.string().trim().max(NOTICE_CHARACTERS_MAX).nullable()

/** What each phase sets itself, and what may therefore not be given besides it. */
const SET_BY_PHASE = {
  lobby: ['lobbyAt'],
  open: ['lobbyAt', 'opensAt', 'paused'],
  paused: ['paused'],
  closed: ['closesAt'],
} as const satisfies Record<(typeof HAND_PHASES)[number], (keyof RoomChange)[]>

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
    ratePerSecond: number(ROOM_LIMITS.ratePerSecond),
    maxActive: number(ROOM_LIMITS.maxActive),
    entriesMax: number(ROOM_LIMITS.entriesMax),
    graceSeconds: number(ROOM_LIMITS.graceSeconds),
    passSeconds: number(ROOM_LIMITS.passSeconds),
    holdSeconds: number(ROOM_LIMITS.holdSeconds),
    entriesPerAddressMax: number(ROOM_LIMITS.entriesPerAddressMax).openapi({
      description: 'Entries from one network address (IPv4, or IPv6 /56) in a minute; 0 sets no limit',
    }),
    proofOfWork: number(ROOM_LIMITS.proofOfWork).openapi({
      description: 'What entering costs the device, in thousands of hashes on average; 0 asks for none',
    }),
    participantsPerNetworkMax: number(ROOM_LIMITS.participantsPerNetworkMax).openapi({
      description: 'Places of one network address that take part in the draw; 0 sets no limit',
    }),
    participantsPerDomainMax: number(ROOM_LIMITS.participantsPerDomainMax).openapi({
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
  ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'not-found', 'unavailable'),
  ...problemResponses('token-foreign', 'forbidden'),
}

const readRoute = createRoute({
  method: 'get',
  path,
  summary: 'The settings of a room',
  security,
  request: { params },
  responses: { 200: jsonResponse(RoomSettingsSchema, 'The settings'), ...common },
})

const changeRoute = createRoute({
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

const changesRoute = createRoute({
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

export type RoomRoutesDeps = {
  readRoom: (room: string) => Promise<RoomRow | undefined>
  changeRoom: (input: ChangeRoomInput) => Promise<ChangeRoomResult>
  readChanges: (input: ReadChangesInput) => Promise<Change[]>
}

export function createRoomRoutes(deps: RoomRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(readRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const room = await deps.readRoom(c.req.valid('param').room)
    if (room === undefined) throw roomMissing()
    c.header('cache-control', 'no-store')
    c.header('etag', versionEtag(room.version))
    return c.json(shown(room), 200)
  })

  app.openapi(changeRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').room, 'manage')
    const change = c.req.valid('json')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const { room } = c.req.valid('param')
    const result = await deps.changeRoom({ room, account, change, isExpected })
    if (result.status === 'outdated') throw outdated()
    if (result.status === 'missing') throw roomMissing()
    if (result.status !== 'changed') throw refusalProblem(result)
    c.header('cache-control', 'no-store')
    c.header('etag', versionEtag(result.room.version))
    return c.json(shown(result.room), 200)
  })

  app.openapi(changesRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    if ((await deps.readRoom(room)) === undefined) throw roomMissing()
    const { account: by, ...page } = c.req.valid('query')
    // What a member did is also of orders.
    const of = by === undefined ? { subject: room } : { festival: room, by }
    const changes = await deps.readChanges({ ...of, ...page, sinceMade: room })
    c.header('cache-control', 'no-store')
    return c.json({ changes: changes.map(shownChange) }, 200)
  })

  return app
}

function shownChange({ subject: _, at, ...change }: Change) {
  return { ...change, at: at.toISOString() }
}

function roomMissing(): Problem {
  return new Problem('not-found', 'There is no such room')
}

function shown(room: RoomRow): z.output<typeof RoomSettingsSchema> {
  const { lobbyAt, opensAt, closesAt, ...settings } = settingsOf(room)
  return {
    id: room.id,
    version: room.version,
    ...settings,
    lobbyAt: lobbyAt.toISOString(),
    opensAt: opensAt.toISOString(),
    closesAt: closesAt.toISOString(),
  }
}
