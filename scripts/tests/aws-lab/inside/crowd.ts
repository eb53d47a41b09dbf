import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import { Pool } from 'undici'
import { z } from 'zod'
import { Failure } from '../../../develop/stores/failure.ts'
import { StatusSchema as FanStatusSchema } from '../../../load/replay/contract.ts'
import { pollDelayMs } from '../../../load/replay/polling-rule.ts'

export type CrowdOptions = {
  publicUrl: string
  room: string
  fans: number
  connectionsMax: number
  /** The first polls are spread over this time, and none of it is measured. */
  settleMs: number
  measureMs: number
  /** How long the measured service has used a processor so far. */
  cpuSeconds: () => Promise<number>
  signal: AbortSignal
}

export type CrowdResult = {
  polls: number
  /** Of the polls, those that the CDN answered by itself. */
  cachedShare: number
  seconds: number
  cpuSeconds: number
}

const PlaceSchema = z.object({ position: z.int().min(0) })
const StatusSchema = FanStatusSchema.extend({ entries: z.int() })
type Status = z.output<typeof StatusSchema>

const ANSWER_MS = 30_000
const EXAMPLES_MAX = 5
/** What nginx says of an answer for which it asked nobody, or did not wait. */
const FROM_CACHE = new Set(['HIT', 'STALE', 'UPDATING'])

/**
 * Lets a crowd take places in a room, and follow it by polling the status at the pace that the status itself sets. Throws
 * when a request fails.
 */
export async function followRoom(options: CrowdOptions): Promise<CrowdResult> {
  const { publicUrl, connectionsMax, settleMs, measureMs, cpuSeconds, signal } = options
  const pool = new Pool(publicUrl, {
    ...{ connections: connectionsMax, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS },
  })
  const counts: Counts = { polls: 0, cached: 0, errors: [] }
  const over = new AbortController()
  const stop = AbortSignal.any([signal, over.signal])
  try {
    const positions = await enterAll(pool, options)
    const following = positions.map((position) => follow({ ...options, pool, counts, stop }, position))
    await sleep(settleMs, undefined, { signal })
    Object.assign(counts, { polls: 0, cached: 0 })
    const [beganMs, before] = [performance.now(), await cpuSeconds()]
    await sleep(measureMs, undefined, { signal })
    const [seconds, used] = [(performance.now() - beganMs) / 1000, (await cpuSeconds()) - before]
    const { polls, cached, errors } = counts
    over.abort()
    await Promise.all(following)
    if (errors.length > 0)
      throw new Failure(`${errors.length} polls failed`, { details: errors.slice(0, EXAMPLES_MAX) })
    return { polls, cachedShare: cached / polls, seconds, cpuSeconds: used }
  } finally {
    over.abort()
    await pool.destroy()
  }
}

type Counts = { polls: number; cached: number; errors: string[] }

async function enterAll(pool: Pool, { room, fans, connectionsMax, signal }: CrowdOptions): Promise<number[]> {
  const limit = pLimit(connectionsMax)
  const enter = async (): Promise<number> => {
    signal.throwIfAborted()
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: `/api/rooms/${room}/entries`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: randomBytes(16).toString('base64url') }),
      signal,
    })
    const answer = await body.text()
    if (statusCode !== 201) throw new Failure(`A fan was not let into the room: ${statusCode} ${answer}`)
    return PlaceSchema.parse(JSON.parse(answer)).position
  }
  return Promise.all(Array.from({ length: fans }, () => limit(enter)))
}

type Following = CrowdOptions & { pool: Pool; counts: Counts; stop: AbortSignal }

/** Polls until told to stop. A fan who is called is replaced by one at the end. */
async function follow(following: Following, first: number): Promise<void> {
  const { counts, stop, settleMs } = following
  let [position, etag] = [first, '']
  let status: Status | undefined
  let delayMs = Math.random() * settleMs
  for (;;) {
    await sleep(delayMs, undefined, { signal: stop }).catch(() => {}) // stopped: seen below
    if (stop.aborted) return
    const answer = await poll(following, etag).catch((error: unknown) => {
      if (!stop.aborted) counts.errors.push(error instanceof Error ? error.message : String(error))
    })
    etag = answer?.etag ?? etag
    status = answer?.status ?? status
    if (status === undefined) return
    if (position <= status.serving) position = status.entries
    delayMs = pollDelayMs(status.poll, position - status.serving, Math.random)
  }
}

/** The status is missing where it has not changed. */
async function poll(
  { pool, room, counts, stop }: Following,
  etag: string,
): Promise<{ etag: string; status?: Status }> {
  const { statusCode, headers, body } = await pool.request({
    method: 'GET',
    path: `/api/rooms/${room}/status`,
    headers: etag === '' ? {} : { 'if-none-match': etag },
    signal: stop,
  })
  const answer = await body.text()
  counts.polls += 1
  if (FROM_CACHE.has(String(headers['x-cache']))) counts.cached += 1
  if (statusCode === 304) return { etag }
  if (statusCode !== 200) throw new Failure(`The status answers ${statusCode}: ${answer}`)
  return { etag: String(headers['etag'] ?? ''), status: StatusSchema.parse(JSON.parse(answer)) }
}
