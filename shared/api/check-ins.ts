import { createRoute, z } from '@hono/zod-openapi'
import { OrderNumberSchema, singleLineText } from './fields.ts'
import { TICKET_TEXT_LENGTH_MAX } from './limits.ts'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

/** The values that fields of a scan may have. */
export const SCAN_VALUES = {
  serverVerdict: ['admitted', 'valid', 'already-used', 'void', 'flagged', 'outside-window', 'unknown'],
  /** What a device that decided by itself showed. */
  deviceVerdict: [
    ...(['admitted', 'already-used', 'flagged', 'outside-window'] as const),
    ...(['not-listed', 'unknown', 'undecided'] as const),
  ],
  /** What staff must confirm before the ticket admits. */
  confirmed: ['outside-window', 'flagged'],
  /** What happened to a ticket's money outside Naru. */
  flag: ['disputed', 'refunded', 'refunded-in-part'],
} as const

/** Why a text is not a ticket of the festival. */
const UNKNOWN_WHYS = ['unreadable', 'forged', 'other-festival', 'no-such-ticket'] as const
export type UnknownWhy = (typeof UNKNOWN_WHYS)[number]

const GATE_CHARACTERS_MAX = 60
/** As many as fit into the usual body limit, whatever their gates are called. */
const BATCH_MAX = 25

/** About a century: a larger value is not a real clock, and a BIGINT column can store it. */
const OFFSET_MS_MAX = 4e12

const InstantSchema = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

const ScanSchema = z
  .object({
    id: z.uuid().openapi({ description: 'Chosen by the device for this scan: sent again, it counts once' }),
    qr: z
      .string()
      .min(1)
      .max(TICKET_TEXT_LENGTH_MAX)
      .openapi({ description: "What was scanned; or typed: the ticket's `typed` or its `code`" }),
    gate: singleLineText(GATE_CHARACTERS_MAX),
    at: InstantSchema.optional().openapi({
      type: 'string',
      format: 'date-time',
      description: "When it was scanned, by the device's clock; now without it",
    }),
    offsetMs: z
      .int()
      .min(-OFFSET_MS_MAX)
      .max(OFFSET_MS_MAX)
      .optional()
      .openapi({
        description:
          "The server's clock minus the device's as the device had measured it, half the round trip taken off; not " +
          'believed where it differs by more than a minute from what the request shows',
      }),
    confirmed: z.array(z.enum(SCAN_VALUES.confirmed)).max(SCAN_VALUES.confirmed.length).optional().openapi({
      description: 'What the staff member was warned of for this ticket, and has confirmed',
    }),
  })
  .strict()

const DeviceSchema = z.uuid().optional().openapi({
  description: 'A random ID that the device keeps, so that its scans can be told from those of others',
})

const CheckInSchema = ScanSchema.extend({ festival: RoomIdSchema, device: DeviceSchema })
  .strict()
  .openapi('CheckIn')

const BatchSchema = z
  .object({
    festival: RoomIdSchema,
    device: DeviceSchema,
    sentAt: InstantSchema.optional().openapi({
      type: 'string',
      format: 'date-time',
      description: "When this is sent, by the device's clock: the server corrects `at` of the scans by it",
    }),
    scans: z
      .array(
        ScanSchema.extend({
          verdict: z.enum(SCAN_VALUES.deviceVerdict).default('admitted').openapi({
            description: 'What the device showed; a ticket that it refused is recorded and stays unused',
          }),
          undone: z.boolean().optional().openapi({
            description: 'Scanned and taken back without a network: recorded, and admits nobody',
          }),
        }).strict(),
      )
      .min(1)
      .max(BATCH_MAX),
  })
  .strict()
  .openapi('CheckInBatch')

const GateTicketSchema = z.object({
  type: z.int(),
  typeName: z.string(),
  number: z.int(),
  holder: z.string().openapi({ description: 'The name of the account that bought it' }),
  order: OrderNumberSchema,
})

const WINDOW = { opensAt: z.iso.datetime(), closesAt: z.iso.datetime() }

const AdmittedSchema = z.object({
  result: z.literal('admitted'),
  ticket: GateTicketSchema,
  at: z.iso.datetime(),
  gate: z.string(),
  flag: z.enum(SCAN_VALUES.flag).optional().openapi({
    description: "What happened to the ticket's money outside Naru, for staff to know",
  }),
})

const NotAdmittedSchema = z.discriminatedUnion('result', [
  AdmittedSchema.extend({
    result: z
      .literal('already-used')
      .openapi({ description: 'When and where the ticket was used by someone else' }),
  }),
  AdmittedSchema.extend({ result: z.literal('undone') }),
  z.object({ result: z.literal('void'), ticket: GateTicketSchema }),
  z.object({
    result: z.literal('flagged').openapi({ description: 'Admits once staff have confirmed `flagged`' }),
    ticket: GateTicketSchema,
    flag: z.enum(SCAN_VALUES.flag),
  }),
  z.object({
    result: z.literal('outside-window').openapi({
      description: 'Not within the check-in window; admits once staff have confirmed `outside-window`',
    }),
    ticket: GateTicketSchema,
    ...WINDOW,
  }),
  z.object({ result: z.literal('unknown'), why: z.enum(UNKNOWN_WHYS) }),
])

export const BatchResultSchema = z.discriminatedUnion('result', [
  AdmittedSchema,
  ...NotAdmittedSchema.options,
  z.object({
    result: z.literal('valid').openapi({ description: 'A good ticket that the device had refused' }),
    ticket: GateTicketSchema,
  }),
  z.object({ result: z.literal('id-reused') }),
])

const WindowSchema = z
  .object({ now: z.iso.datetime().openapi({ description: "The server's clock" }), ...WINDOW })
  .openapi('CheckInWindow')

export const SummarySchema = z
  .object({
    at: z.iso.datetime().openapi({
      description: 'When it was counted: it has every check-in and undo that was answered before',
    }),
    in: z.int(),
    tickets: z.int(),
    types: z.array(z.object({ type: z.int(), typeName: z.string(), in: z.int(), tickets: z.int() })),
    last: z.array(
      z.object({
        id: z.uuid(),
        at: z.iso.datetime(),
        gate: z.string(),
        type: z.int(),
        typeName: z.string(),
        number: z.int(),
        undoneAt: z.iso.datetime().nullable(),
      }),
    ),
  })
  .openapi('CheckInSummary')

const GateListSchema = z
  .object({
    valid: z.string().openapi({ description: 'Not used yet' }),
    used: z.string(),
    flagged: z.string().openapi({ description: 'Not used yet, and staff must confirm each' }),
    after: z.int().nullable().openapi({ description: 'For the next page; null after the last' }),
  })
  .openapi('GateList')

const GateNamesSchema = z
  .object({
    hashes: z.string().openapi({ description: 'Of which tickets, in base64' }),
    names: z.array(z.string()).openapi({ description: 'The name of the account that bought each' }),
    after: z.int().nullable().openapi({ description: 'For the next page; null after the last' }),
  })
  .openapi('GateNames')
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'forbidden'),
}

export const readTicketKeysRoute = createRoute({
  operationId: 'readTicketKeys',
  method: 'get',
  path: '/check-ins/keys',
  summary: 'The keys that tickets are signed with, as a JWK set',
  description:
    'The signature of a ticket is over everything before its last dot. Its key is any of these: there are several while ' +
    'the key is being changed.',
  security,
  responses: {
    200: jsonResponse(
      z.object({ keys: z.array(z.record(z.string(), z.string())) }),
      'Ed25519 keys (RFC 8037)',
    ),
    ...common,
  },
})

export const checkInRoute = createRoute({
  operationId: 'checkIn',
  method: 'post',
  path: '/check-ins',
  summary: 'Check a ticket in at the gate; safe to repeat with the same ID',
  security,
  request: { body: jsonBody(CheckInSchema) },
  responses: {
    201: jsonResponse(AdmittedSchema, 'It admits, and is used now'),
    200: jsonResponse(NotAdmittedSchema, 'It does not admit, and why'),
    ...common,
    ...problemResponses('not-found', 'conflict'),
  },
})

export const checkInBatchRoute = createRoute({
  operationId: 'checkInBatch',
  method: 'post',
  path: '/check-ins/batch',
  summary: 'Send what was scanned and judged without a network, in order; each has a result of its own',
  security,
  request: { body: jsonBody(BatchSchema) },
  responses: {
    200: jsonResponse(z.object({ results: z.array(BatchResultSchema) }), 'In the order of the scans'),
    ...common,
    ...problemResponses('not-found'),
  },
})

export const undoCheckInRoute = createRoute({
  operationId: 'undoCheckIn',
  method: 'delete',
  path: '/check-ins/{id}',
  summary: 'Take a check-in back; its ticket can be used again',
  security,
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    200: jsonResponse(z.object({ id: z.uuid(), undoneAt: z.iso.datetime() }), 'Taken back'),
    ...common,
    ...problemResponses('not-found'),
  },
})

export const readCheckInSummaryRoute = createRoute({
  operationId: 'readCheckInSummary',
  method: 'get',
  path: '/festivals/{festival}/check-ins/summary',
  summary: 'How many are in, by ticket type, and the last check-ins',
  security,
  request: { params: z.object({ festival: RoomIdSchema }) },
  responses: {
    200: jsonResponse(SummarySchema, 'The summary'),
    ...common,
    ...problemResponses('not-found'),
  },
})

export const readCheckInWindowRoute = createRoute({
  operationId: 'readCheckInWindow',
  method: 'get',
  path: '/festivals/{festival}/check-ins/window',
  summary: "When tickets are checked in, and the server's clock, for devices to measure theirs by",
  security,
  request: { params: z.object({ festival: RoomIdSchema }) },
  responses: {
    200: jsonResponse(WindowSchema, 'Outside of it, staff must confirm each check-in'),
    ...common,
    ...problemResponses('not-found'),
  },
})

export const readGateListRoute = createRoute({
  operationId: 'readGateList',
  method: 'get',
  path: '/festivals/{festival}/check-ins/list',
  summary: 'What a device needs to judge tickets of a type without a network',
  description:
    'The first 8 bytes of the SHA-256 of each code, joined, in base64. Void tickets are in none of the lists.',
  security,
  request: {
    params: z.object({ festival: RoomIdSchema }),
    query: z.object({
      type: z.coerce.number().int().positive().max(4_294_967_295),
      after: z.coerce.number().int().min(0).max(4_294_967_295).default(0),
    }),
  },
  responses: {
    200: jsonResponse(GateListSchema, 'A page of the list'),
    304: { description: 'Unchanged since the ETag in If-None-Match' },
    ...common,
    ...problemResponses('not-found'),
  },
})

export const readGateNamesRoute = createRoute({
  operationId: 'readGateNames',
  method: 'get',
  path: '/festivals/{festival}/check-ins/names',
  summary: 'Whose tickets of a type they are, for devices to show without a network',
  description:
    'Names alone, by the first 8 bytes of the SHA-256 of each code, joined, in base64. A device keeps them no longer than ' +
    'until check-in is over or its staff member signs out.',
  security,
  request: readGateListRoute.request,
  responses: {
    200: jsonResponse(GateNamesSchema, 'A page of names'),
    ...common,
    ...problemResponses('not-found'),
  },
})

export type CheckInWindow = z.input<typeof WindowSchema>
