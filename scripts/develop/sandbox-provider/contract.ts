import { createRoute, z } from '@hono/zod-openapi'
import { jsonBody, jsonResponse, problemResponses } from '../../../shared/api/openapi.ts'
import type { ProblemCode } from '../../../shared/api/problem.ts'
import { dialsChangeSchema, dialsSchema } from './dials.ts'
import {
  chargeOrderSchema,
  chargeSchema,
  disputeRecordSchema,
  keySchema,
  ledgerEntrySchema,
  outsideOrderSchema,
  refundOrderSchema,
  refundRecordSchema,
  refundSchema,
} from './records.ts'

// Made again, because only what is made after the import above has the method that names a schema.
const charge = z.object(chargeSchema.shape).openapi('Charge')
const refund = z.object(refundSchema.shape).openapi('Refund')
const reversal = z.discriminatedUnion('kind', [refundRecordSchema, disputeRecordSchema])
const dials = z.object(dialsSchema.shape).openapi('Dials')
const ledgerPage = z
  .object({ entries: z.array(ledgerEntrySchema), next: z.int().nullable() })
  .openapi('LedgerPage')
const keyHeader = z.object({ 'idempotency-key': keySchema })

const writeProblems: ProblemCode[] = [
  'idempotency-key-missing',
  'bad-request',
  'body-too-large',
  'unsupported-media-type',
  'invalid-input',
  'idempotency-key-reused',
  'internal',
  'busy',
  'unavailable',
]

export const chargeRoute = createRoute({
  method: 'post',
  path: '/charges',
  summary: 'Charges a payment method, once for its key',
  request: { headers: keyHeader, body: jsonBody(chargeOrderSchema) },
  responses: {
    201: jsonResponse(charge, 'The charge: succeeded or declined, or open until the fan has acted'),
    200: jsonResponse(charge, 'The charge made earlier under this key'),
    ...problemResponses(...writeProblems),
  },
})

export const lookupRoute = createRoute({
  method: 'get',
  path: '/charges/{key}',
  summary: 'Tells what became of a key; waits while its charge is being decided',
  request: { params: z.object({ key: keySchema }) },
  responses: {
    200: jsonResponse(charge, 'The charge'),
    ...problemResponses('not-found', 'invalid-input', 'busy'),
  },
})

export const abandonRoute = createRoute({
  method: 'post',
  path: '/charges/{key}/abandon',
  summary: 'Cancels a charge that is open, and leaves any other as it is',
  request: { params: z.object({ key: keySchema }) },
  responses: {
    200: jsonResponse(charge, 'The charge'),
    ...problemResponses('not-found', 'invalid-input', 'busy'),
  },
})

export const refundRoute = createRoute({
  method: 'post',
  path: '/refunds',
  summary: 'Refunds part of a charge, or all that remains of it, once for its key',
  request: { headers: keyHeader, body: jsonBody(refundOrderSchema) },
  responses: {
    201: jsonResponse(refund, 'The refund'),
    200: jsonResponse(refund, 'The refund made earlier under this key'),
    ...problemResponses('not-found', ...writeProblems),
  },
})

export const reverseRoute = createRoute({
  method: 'post',
  path: '/outside',
  summary: "Refunds or disputes a charge as in a provider's dashboard, without the shop; not idempotent",
  request: { body: jsonBody(outsideOrderSchema) },
  responses: {
    201: jsonResponse(reversal, 'What was made'),
    ...problemResponses('not-found', 'bad-request', 'body-too-large', 'unsupported-media-type'),
    ...problemResponses('invalid-input', 'unavailable'),
  },
})

export const reversalsRoute = createRoute({
  method: 'get',
  path: '/charges/{key}/reversals',
  summary: 'Every refund and dispute of a charge, by any client',
  request: { params: z.object({ key: keySchema }) },
  responses: {
    200: jsonResponse(z.object({ reversals: z.array(reversal) }), 'The refunds and disputes'),
    ...problemResponses('invalid-input', 'busy'),
  },
})

export const ledgerRoute = createRoute({
  method: 'get',
  path: '/ledger',
  summary: 'Every charge, refund and dispute on disk, in order',
  request: {
    query: z.object({
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(1000).default(500),
    }),
  },
  responses: {
    200: jsonResponse(ledgerPage, 'A page; `next` is the `after` of the next one, or null'),
    ...problemResponses('invalid-input', 'busy'),
  },
})

export const readDialsRoute = createRoute({
  method: 'get',
  path: '/dials',
  summary: 'How the sandbox behaves now',
  responses: { 200: jsonResponse(dials, 'The dials') },
})

export const changeDialsRoute = createRoute({
  method: 'put',
  path: '/dials',
  summary: 'Changes the dials given and leaves the others; requests under way keep their fate',
  request: { body: jsonBody(dialsChangeSchema) },
  responses: {
    200: jsonResponse(dials, 'All the dials'),
    ...problemResponses('bad-request', 'body-too-large', 'unsupported-media-type', 'invalid-input'),
  },
})

export const beaconRoute = createRoute({
  method: 'get',
  path: '/beacon/public/{round}',
  summary: 'A round of the beacon that draws of development take, as drand answers it',
  request: { params: z.object({ round: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }) },
  responses: {
    200: jsonResponse(
      z.object({ round: z.int(), randomness: z.string(), signature: z.string() }),
      'The round, signed',
    ),
    ...problemResponses('not-found', 'invalid-input'),
  },
})

export const healthRoute = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Answers while the process serves',
  responses: { 200: jsonResponse(z.object({ status: z.literal('ok') }), 'It serves') },
})
