import { z } from '@hono/zod-openapi'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { CheckInResult } from '../check-in/check-in.ts'
import type { CheckInWindow } from '../check-in/check-in-window.ts'
import { UNKNOWN_WHYS } from '../check-in/find-ticket.ts'
import { SCAN_VALUES } from '../check-in/scan-row.ts'
import type { CheckInSummary } from '../check-in/summary.ts'
import { TICKET_TEXT_LENGTH_MAX } from '../check-in/ticket-text.ts'
import { OrderNumberSchema } from './order-number-schema.ts'
import { words } from './words.ts'

const GATE_CHARACTERS_MAX = 60
/** As many as the usual limit on bodies takes, whatever their gates are called. */
const BATCH_MAX = 25

/** About a century: more is no clock, and a BIGINT column holds it. */
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
    gate: words(GATE_CHARACTERS_MAX),
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

export const CheckInSchema = ScanSchema.extend({ festival: RoomIdSchema, device: DeviceSchema })
  .strict()
  .openapi('CheckIn')

export const BatchSchema = z
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

export const AdmittedSchema = z.object({
  result: z.literal('admitted'),
  ticket: GateTicketSchema,
  at: z.iso.datetime(),
  gate: z.string(),
  flag: z.enum(SCAN_VALUES.flag).optional().openapi({
    description: "What happened to the ticket's money outside Naru, for staff to know",
  }),
})

export const NotAdmittedSchema = z.discriminatedUnion('result', [
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

export const WindowSchema = z
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

export const GateListSchema = z
  .object({
    valid: z.string().openapi({ description: 'Not used yet' }),
    used: z.string(),
    flagged: z.string().openapi({ description: 'Not used yet, and staff must confirm each' }),
    after: z.int().nullable().openapi({ description: 'For the next page; null after the last' }),
  })
  .openapi('GateList')

export const GateNamesSchema = z
  .object({
    hashes: z.string().openapi({ description: 'Of which tickets, in base64' }),
    names: z.array(z.string()).openapi({ description: 'The name of the account that bought each' }),
    after: z.int().nullable().openapi({ description: 'For the next page; null after the last' }),
  })
  .openapi('GateNames')

export function showCheckIn(
  result: Exclude<CheckInResult, { status: 'no-festival' }>,
): z.output<typeof BatchResultSchema> {
  switch (result.status) {
    case 'admitted': {
      const { ticket, at, gate, flag } = result
      const known = flag === undefined ? {} : { flag }
      return { result: 'admitted', ticket, at: at.toISOString(), gate, ...known }
    }
    case 'already-used':
    case 'undone': {
      const { status, ticket, at, gate } = result
      return { result: status, ticket, at: at.toISOString(), gate }
    }
    case 'void':
    case 'valid':
      return { result: result.status, ticket: result.ticket }
    case 'flagged':
      return { result: 'flagged', ticket: result.ticket, flag: result.flag }
    case 'outside-window':
      return { result: 'outside-window', ticket: result.ticket, ...showWindow(result) }
    case 'unknown':
      return { result: 'unknown', why: result.why }
    case 'id-reused':
      return { result: 'id-reused' }
  }
}

export function showWindow({ opensAt, closesAt }: CheckInWindow) {
  return { opensAt: opensAt.toISOString(), closesAt: closesAt.toISOString() }
}

export function showSummary({ at, types, last }: CheckInSummary): z.output<typeof SummarySchema> {
  const sum = (of: 'in' | 'tickets') => types.reduce((total, type) => total + type[of], 0)
  return {
    at: at.toISOString(),
    in: sum('in'),
    tickets: sum('tickets'),
    types,
    last: last.map(({ at, undoneAt, ...row }) => ({
      ...row,
      at: at.toISOString(),
      undoneAt: undoneAt?.toISOString() ?? null,
    })),
  }
}
