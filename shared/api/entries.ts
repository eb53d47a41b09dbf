import { createRoute, z } from '@hono/zod-openapi'
import { jsonBody, jsonResponse, problemResponses } from './openapi.ts'
import { PlaceSchema } from './places.ts'
import { RoomIdSchema } from './room-id.ts'

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`))

const NONCE_BYTES = 16
export const KEY_BYTES = 32
export const PREFIX_BYTES = KEY_BYTES / 2
const COUNTER_MAX = 2 ** 32 - 1

/** A challenge in altcha's second format, which its own solvers and widget accept unchanged. */
export const ChallengeSchema = z
  .object({
    parameters: z
      .object({
        algorithm: z.literal('SHA-256'),
        cost: z.literal(1),
        data: z
          .object({
            room: z.string().max(64),
            entry: z.string().max(22),
            hashesMax: z
              .int()
              .meta({ description: 'The counter is below this; half of it are tried on average' }),
          })
          .strict(),
        expiresAt: z.int().meta({ description: 'Seconds since the epoch' }),
        keyLength: z.literal(KEY_BYTES),
        keyPrefix: hex(PREFIX_BYTES),
        keySignature: hex(KEY_BYTES),
        nonce: hex(NONCE_BYTES),
        salt: hex(NONCE_BYTES),
      })
      .strict(),
    signature: hex(KEY_BYTES),
  })
  .strict()
  .meta({
    id: 'Challenge',
    description:
      'Solved by the counter, from 0 on, for which SHA-256(salt ‖ nonce ‖ counter as 4 bytes, the highest first) ' +
      'begins with keyPrefix; that hash is derivedKey',
  })

export const ProofSchema = z
  .object({
    challenge: ChallengeSchema,
    solution: z.object({
      counter: z.int().min(0).max(COUNTER_MAX),
      derivedKey: hex(KEY_BYTES),
      time: z.number().default(0).meta({ description: 'As solvers give it; nobody looks at it' }),
    }),
  })
  .strict()
  .meta({ id: 'Proof', description: 'A challenge as it was given, and its solution' })

const EntryKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/)
  .openapi({ description: '16 random bytes in base64url, chosen by the client; a retry sends the same' })

/** Used in URLs, which end up in logs: must not give access to the place. */
const EntryHashSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/)
  .openapi({ description: 'The first 16 bytes of the SHA-256 of the entry’s key, in base64url' })

const EntrySchema = z
  .object({
    key: EntryKeySchema,
    proof: ProofSchema.optional(),
  })
  .strict()
  .openapi('Entry')

export const enterRoomRoute = createRoute({
  operationId: 'enterRoom',
  method: 'post',
  path: '/rooms/{room}/entries',
  summary: 'Enter the room; needs no account',
  request: { params: z.object({ room: RoomIdSchema }), body: jsonBody(EntrySchema) },
  responses: {
    201: jsonResponse(PlaceSchema, 'A place; entering again with the same key gives the same'),
    ...problemResponses('not-found', 'room-not-open', 'sold-out', 'invalid-input'),
    ...problemResponses(
      'proof-needed',
      'too-many',
      'network-full',
      'room-full',
      'unavailable',
      'entry-drawn',
    ),
  },
})

export const readChallengeRoute = createRoute({
  operationId: 'readChallenge',
  method: 'get',
  path: '/rooms/{room}/challenge',
  summary: 'What to prove before entering, where the status says so',
  request: { params: z.object({ room: RoomIdSchema }), query: z.object({ entry: EntryHashSchema }) },
  responses: {
    200: jsonResponse(ChallengeSchema, 'To be solved, and sent along as the proof of the entry'),
    ...problemResponses('not-found', 'conflict', 'invalid-input', 'unavailable'),
  },
})
