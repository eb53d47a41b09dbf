import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import { errors, Pool } from 'undici'
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
const TICK_MS = 20
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
  let following: Following | undefined
  try {
    following = follow(pool, options, await enterAll(pool, options))
    const { counts } = following
    await sleep(settleMs, undefined, { signal })
    Object.assign(counts, { polls: 0, cached: 0 })
    const [beganMs, before] = [performance.now(), await cpuSeconds()]
    await sleep(measureMs, undefined, { signal })
    const [seconds, used] = [(performance.now() - beganMs) / 1000, (await cpuSeconds()) - before]
    const { polls, cached, errors } = counts
    if (errors.length > 0)
      throw new Failure(`${errors.length} polls failed`, { details: errors.slice(0, EXAMPLES_MAX) })
    return { polls, cachedShare: cached / polls, seconds, cpuSeconds: used }
  } finally {
    following?.stop()
    await pool.destroy()
  }
}

async function enterAll(pool: Pool, { room, fans, connectionsMax, signal }: CrowdOptions): Promise<number[]> {
  const limit = pLimit(connectionsMax)
  const enter = async (): Promise<number> => {
    signal.throwIfAborted()
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: `/api/rooms/${room}/entries`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: randomBytes(16).toString('base64url') }),
    })
    const answer = await body.text()
    if (statusCode !== 201) throw new Failure(`A fan was not let into the room: ${statusCode} ${answer}`)
    return PlaceSchema.parse(JSON.parse(answer)).position
  }
  return Promise.all(Array.from({ length: fans }, () => limit(enter)))
}

type Fan = { position: number; etag: string; status: Status | undefined }
type Counts = { polls: number; cached: number; errors: string[] }
type Following = { counts: Counts; stop: () => void }

/** Lets fans poll until it is stopped. */
function follow(pool: Pool, { room, settleMs }: CrowdOptions, positions: readonly number[]): Following {
  const counts: Counts = { polls: 0, cached: 0, errors: [] }
  const agenda = createAgenda<Fan>(async (fan) => {
    await pollOnce(pool, room, fan, counts)
    // After a first poll that failed there is no pace.
    if (fan.status !== undefined) agenda.add(fan, nextPollMs(fan, fan.status))
  })
  for (const position of positions) {
    agenda.add({ position, etag: '', status: undefined }, Math.random() * settleMs)
  }
  return { counts, stop: agenda.stop }
}

/** A fan who is called is replaced by one at the end. */
function nextPollMs(fan: Fan, { serving, entries, poll }: Status): number {
  if (fan.position <= serving) fan.position = entries
  return pollDelayMs(poll, fan.position - serving, Math.random)
}

async function pollOnce(pool: Pool, room: string, fan: Fan, counts: Counts): Promise<void> {
  try {
    const { status, etag, isCached } = await readStatusAgain(pool, room, fan.etag)
    counts.polls += 1
    if (isCached) counts.cached += 1
    Object.assign(fan, { etag, status: status ?? fan.status })
  } catch (error) {
    counts.errors.push(error instanceof Error ? error.message : String(error))
  }
}

/** One timer for all fans: a signal with a listener for each of 20,000 takes longer than their polls. */
function createAgenda<Item>(act: (item: Item) => Promise<void>) {
  const due = new Map<number, Item[]>()
  const beganMs = performance.now()
  let tick = 0
  const timer = setInterval(() => {
    const now = Math.floor((performance.now() - beganMs) / TICK_MS)
    for (; tick < now; tick += 1) {
      for (const item of due.get(tick) ?? []) void act(item)
      due.delete(tick)
    }
  }, TICK_MS)
  return {
    add(item: Item, delayMs: number): void {
      const at = tick + Math.max(1, Math.round(delayMs / TICK_MS))
      const items = due.get(at)
      if (items === undefined) due.set(at, [item])
      else items.push(item)
    },
    stop: () => clearInterval(timer),
  }
}

/**
 * Reads the status on another connection where the CDN closed an idle one just then, as browsers do with a GET (RFC 9112,
 * section 9.3.1). A gateway that closes a connection is no reason: the CDN answers 502 for it.
 */
async function readStatusAgain(pool: Pool, room: string, known: string) {
  try {
    return await readStatus(pool, room, known)
  } catch (error) {
    if (!(error instanceof errors.SocketError)) throw error
    return await readStatus(pool, room, known)
  }
}

/** The status is missing where it has not changed. */
async function readStatus(
  pool: Pool,
  room: string,
  known: string,
): Promise<{ etag: string; status?: Status; isCached: boolean }> {
  const { statusCode, headers, body } = await pool.request({
    method: 'GET',
    path: `/api/rooms/${room}/status`,
    headers: known === '' ? {} : { 'if-none-match': known },
  })
  const answer = await body.text()
  const isCached = FROM_CACHE.has(String(headers['x-cache']))
  if (statusCode === 304) return { etag: known, isCached }
  if (statusCode !== 200) throw new Failure(`The status answers ${statusCode}: ${answer}`)
  const status = StatusSchema.parse(JSON.parse(answer))
  return { etag: String(headers['etag'] ?? ''), status, isCached }
}
