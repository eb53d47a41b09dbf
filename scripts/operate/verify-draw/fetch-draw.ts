import { z } from 'zod'
import { Unreachable } from '../audit/unreachable.ts'
import { ENTRY_BYTES } from './entry-log.ts'
import { SIZE_MAX } from './permutation.ts'
import type { PublishedDraw } from './verify.ts'

/** A room responds, but not with a draw that can be verified. The message is one line for the user. */
export class Unverifiable extends Error {}

export type FetchLimits = { entriesMax: number; silenceMs: number }

const LIMITS: FetchLimits = { entriesMax: SIZE_MAX, silenceMs: 15_000 }
const TOTAL_MS_MAX = 600_000
const DRAW_BYTES_MAX = 65_536

const Bytes32Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'must be 32 bytes in hex')
  .toLowerCase()

const ClosingSchema = z.object({
  participants: z.int().min(0),
  logHash: Bytes32Schema,
  participantsHash: Bytes32Schema,
  closedAt: z.coerce.date(),
  round: z
    .object({
      number: z.int().min(1),
      at: z.coerce.date(),
      publicKey: z.string().regex(/^[0-9a-f]{192}$/, 'must be 96 bytes in hex'),
    })
    .optional(),
})

const common = { room: z.string(), order: z.literal('draw'), commitment: Bytes32Schema }

const CommittedSchema = z.object({
  ...common,
  version: z.union([z.literal(1), z.literal(2)]),
  closing: ClosingSchema.optional(),
  drawn: z.literal(false),
})

const drawn = {
  ...common,
  drawn: z.literal(true),
  secret: Bytes32Schema,
  seed: Bytes32Schema,
  lobbyEntries: z.int().min(0),
}

const DrawnSchema = z.discriminatedUnion('version', [
  z.object({ ...drawn, version: z.literal(1) }),
  z.object({
    ...drawn,
    version: z.literal(2),
    beacon: z.enum(['required', 'preferred', 'none']),
    closing: ClosingSchema,
    signature: z
      .string()
      .regex(/^[0-9a-f]{96}$/, 'must be 48 bytes in hex')
      .optional(),
  }),
])

const ProblemSchema = z.object({ detail: z.string().max(500) })

/** A room before its draw, or a draw without its log. */
export type Announced = z.infer<typeof CommittedSchema> | Drawn
export type Drawn = z.infer<typeof DrawnSchema>

/**
 * What a room publishes at `{room URL}/draw`.
 *
 * @throws `Unreachable`, or `Unverifiable` when what it answers cannot be a draw
 */
export async function fetchDraw(roomUrl: string, limits: FetchLimits = LIMITS): Promise<Announced> {
  const url = `${roomUrl}/draw`
  const { bytes } = await download(url, DRAW_BYTES_MAX, limits.silenceMs)
  const body = parseJson(bytes)
  const isDrawn = typeof body === 'object' && body !== null && Reflect.get(body, 'drawn') === true
  const { data, error } = (isDrawn ? DrawnSchema : CommittedSchema).safeParse(body)
  if (error !== undefined) {
    const [issue] = error.issues
    throw new Unverifiable(
      `${url} does not answer with a draw: ${issue?.path.join('.') || 'body'}: ${issue?.message}`,
    )
  }
  return data
}

/**
 * Completes a draw with its log, `{room URL}/draw/entries`, and with who takes part, `{room URL}/draw/participants`.
 * Throws as `fetchDraw` does.
 */
export async function fetchLog(
  roomUrl: string,
  drawn: Drawn,
  limits: FetchLimits = LIMITS,
): Promise<PublishedDraw> {
  const { entriesMax, silenceMs } = limits
  if (drawn.lobbyEntries > entriesMax) {
    throw new Unverifiable(
      `${drawn.lobbyEntries} entries are more than can be verified; the most is ${entriesMax}`,
    )
  }
  const log = await downloadBytes(`${roomUrl}/draw/entries`, entriesMax * ENTRY_BYTES, silenceMs)
  if (drawn.version === 1) return { ...drawn, log }
  const bytesMax = Math.ceil(entriesMax / 8)
  return {
    ...drawn,
    log,
    participants: await downloadBytes(`${roomUrl}/draw/participants`, bytesMax, silenceMs),
  }
}

async function downloadBytes(url: string, bytesMax: number, silenceMs: number): Promise<Uint8Array> {
  const { bytes, type } = await download(url, bytesMax, silenceMs)
  if (!type.startsWith('application/octet-stream')) {
    throw new Unverifiable(`${url} does not answer with bytes, but with ${type || 'something else'}`)
  }
  return bytes
}

/** Aborts when nothing arrives for a while, when it takes too long, and when too much arrives. */
async function download(url: string, bytesMax: number, silenceMs: number) {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${silenceMs} ms`)), silenceMs)
  const signal = AbortSignal.any([silence.signal, AbortSignal.timeout(TOTAL_MS_MAX)])
  try {
    const response = await fetch(url, { signal, redirect: 'manual' })
    const bytes = await readBody(response, bytesMax, () => timer.refresh())
    if (response.status !== 200) throw new Unverifiable(`${url} answers ${response.status}${detailOf(bytes)}`)
    return { bytes, type: response.headers.get('content-type') ?? '' }
  } catch (error) {
    throw error instanceof Unverifiable ? error : new Unreachable(url, error)
  } finally {
    clearTimeout(timer)
  }
}

async function readBody(response: Response, bytesMax: number, onChunk: () => void): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    onChunk()
    length += chunk.length
    if (length > bytesMax) throw new Unverifiable(`${response.url} answers with more than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

/** The detail of a problem document (RFC 9457), without terminal control characters. */
function detailOf(bytes: Uint8Array): string {
  const { data } = ProblemSchema.safeParse(parseJson(bytes))
  return data === undefined ? '' : `: ${data.detail.replace(/\p{Cc}/gu, ' ')}`
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}
