import { z } from '@hono/zod-openapi'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { CheckInResult } from '../check-in/check-in.ts'
import { UNKNOWN_WHYS } from '../check-in/find-ticket.ts'
import type { CheckInSummary } from '../check-in/summary.ts'
import { TICKET_TEXT_LENGTH_MAX } from '../check-in/ticket-text.ts'
import { words } from './words.ts'

const GATE_CHARACTERS_MAX = 60
/** As many as the usual limit on bodies takes, whatever their gates are called. */
const BATCH_MAX = 25

const ScanSchema = z
  .object({
    id: z.uuid().openapi({ description: 'Chosen by the device for this scan: sent again, it counts once' }),
    qr: z
      .string()
      .min(1)
      .max(TICKET_TEXT_LENGTH_MAX)
      .openapi({ description: "What was scanned; or typed: the ticket's `typed` or its `code`" }),
    gate: words(GATE_CHARACTERS_MAX),
    at: z.iso
      .datetime({ offset: true })
      .transform((text) => new Date(text))
      .optional()
      .openapi({
        type: 'string',
        format: 'date-time',
        description: 'When it was scanned; now without it, and never later than now',
      }),
  })
  .strict()

export const CheckInSchema = ScanSchema.extend({ festival: RoomIdSchema }).strict().openapi('CheckIn')

export const BatchSchema = z
  .object({
    festival: RoomIdSchema,
    scans: z
      .array(
        ScanSchema.extend({
          undone: z.boolean().optional().openapi({
            description: 'Scanned and taken back without a network: written down, and admits nobody',
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
})

export const AdmittedSchema = z.object({
  result: z.literal('admitted'),
  ticket: GateTicketSchema,
  at: z.iso.datetime(),
  gate: z.string(),
})

export const NotAdmittedSchema = z.discriminatedUnion('result', [
  AdmittedSchema.extend({
    result: z
      .literal('already-used')
      .openapi({ description: 'When and where the ticket was used by someone else' }),
  }),
  AdmittedSchema.extend({ result: z.literal('undone') }),
  z.object({ result: z.literal('void'), ticket: GateTicketSchema }),
  z.object({ result: z.literal('unknown'), why: z.enum(UNKNOWN_WHYS) }),
])

export const BatchResultSchema = z.discriminatedUnion('result', [
  AdmittedSchema,
  ...NotAdmittedSchema.options,
  z.object({ result: z.literal('id-reused') }),
])

export const SummarySchema = z
  .object({
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
    after: z.int().nullable().openapi({ description: 'For the next page; null after the last' }),
  })
  .openapi('GateList')

export function showCheckIn(result: CheckInResult): z.output<typeof BatchResultSchema> {
  switch (result.status) {
    case 'admitted':
    case 'already-used':
    case 'undone': {
      const { status, ticket, at, gate } = result
      return { result: status, ticket, at: at.toISOString(), gate }
    }
    case 'void':
      return { result: 'void', ticket: result.ticket }
    case 'unknown':
      return { result: 'unknown', why: result.why }
    case 'id-reused':
      return { result: 'id-reused' }
  }
}

export function showSummary({ types, last }: CheckInSummary): z.output<typeof SummarySchema> {
  const sum = (of: 'in' | 'tickets') => types.reduce((total, type) => total + type[of], 0)
  return {
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
