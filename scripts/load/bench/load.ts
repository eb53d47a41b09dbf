import { randomFillSync, randomUUID } from 'node:crypto'
import type { BasketLine } from '../../../drizzle/schema/purchases.ts'
import { readPrivateKey } from '../../../shared/tokens/keys.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { createTokenSigner } from '../../../shared/tokens/sign.ts'
import { admitFans, holdRequests } from './admitted.ts'
import { etagOf, type HttpAnswer, sendAll } from './connection.ts'
import type { Busy } from './measure.ts'
import { openRedis } from './open-redis.ts'
import { answerCalls, cpuSecondsOf } from './processes.ts'
import { bearer, requestBytes } from './requests.ts'
import { within } from './within.ts'

export type LoadOrder = {
  port: number
  connections: number
  seconds: number
  /** Warm-up that is not counted. */
  warmSeconds: number
  send:
    | { kind: 'polls'; path: string; revalidate: boolean }
    | { kind: 'entries'; room: string }
    | { kind: 'pages'; path: string; headers: readonly string[] }
    /** The requests that `prepareClaims` or `prepareHolds` has created; ends early when there are no more. */
    | { kind: 'claims' | 'holds' }
  pids: { server: number; redis: number }
}

export type LoadResult = {
  answers: number
  seconds: number
  /** How many responses had each status, including the warm-up. */
  statuses: Record<number, number>
  busy: Busy
}

type ClaimOrder = {
  room: string
  firstIndex: number
  count: number
  placeSecret: string
  sessionKeyBase64: string
}

type HoldOrder = {
  redisUrl: string
  room: string
  count: number
  basket: readonly BasketLine[]
  passKeyBase64: string
}

type NextRequest = (last: HttpAnswer | undefined) => Buffer | undefined

const TOKEN_SECONDS = 3600
const KEY_BYTES = 16
const LATE_MS_MAX = 10_000

let prepared: Buffer[] = []

const calls = {
  /** Sends requests over many connections, one in flight on each, and counts the responses. */
  async run(order: LoadOrder): Promise<LoadResult> {
    const statuses: Record<number, number> = {}
    const clock = createClock(order)
    let answers = 0
    let lastMs = 0
    const connections = Array.from({ length: order.connections }, () => {
      const next = nextRequestOf(order.send)
      return sendAll(order.port, (last) => {
        if (last !== undefined) {
          statuses[last.status] = (statuses[last.status] ?? 0) + 1
          if (clock.counts()) {
            answers += 1
            lastMs = performance.now()
          }
        }
        return clock.over() ? undefined : next(last)
      })
    })
    await within((order.warmSeconds + order.seconds) * 1000 + LATE_MS_MAX, Promise.all(connections))
    return { answers, statuses, ...clock.read(lastMs) }
  },

  /** Creates the requests of called fans: a place, and a session of a separate account. */
  async prepareClaims({ room, firstIndex, count, placeSecret, sessionKeyBase64 }: ClaimOrder): Promise<void> {
    const signPlace = createTokenSigner('place', placeSecret)
    const signSession = createTokenSigner('session', readPrivateKey('session', sessionKeyBase64))
    const iat = Math.floor(Date.now() / 1000)
    const lifetime = { iat, exp: iat + TOKEN_SECONDS }
    prepared = Array.from({ length: count }, (_, i) => {
      const place = signPlace({ aud: room, index: firstIndex + i, epoch: 1, ...lifetime })
      const who = { sub: randomUUID(), name: 'Fan', roles: ['fan' as const] }
      const session = signSession({ aud: AUDIENCES.session, ...who, ...lifetime })
      return requestBytes('POST', `/api/rooms/${room}/claims`, [bearer(session)], { place })
    })
  },

  /** Creates the requests of fans who have just been admitted: each with a separate pass. */
  async prepareHolds({ redisUrl, count, ...order }: HoldOrder): Promise<void> {
    const redis = await openRedis(redisUrl)
    try {
      prepared = holdRequests(await admitFans(redis, order.room, count), order)
    } finally {
      await redis.quit()
    }
  },
}

export type LoadCalls = typeof calls

/** Counts from the end of the warm-up until the time is over, with the resources that each process used meanwhile. */
function createClock({ warmSeconds, seconds, pids }: LoadOrder) {
  const used = () => ({
    server: cpuSecondsOf(pids.server),
    client: cpuSecondsOf(process.pid),
    redis: cpuSecondsOf(pids.redis),
  })
  let [startMs, endMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let before = used()
  let after = before
  const start = () => {
    before = used()
    startMs = performance.now()
  }
  const end = () => {
    endMs = performance.now()
    after = used()
  }
  if (warmSeconds === 0) start()
  else setTimeout(start, warmSeconds * 1000)
  const timer = setTimeout(end, (warmSeconds + seconds) * 1000)
  return {
    counts: () => startMs < Number.POSITIVE_INFINITY && endMs === Number.POSITIVE_INFINITY,
    over: () => endMs < Number.POSITIVE_INFINITY,
    read(lastMs: number) {
      clearTimeout(timer)
      if (endMs === Number.POSITIVE_INFINITY) {
        endMs = lastMs // the requests were used up
        after = used()
      }
      const elapsed = (endMs - startMs) / 1000
      const share = (side: keyof typeof before) => {
        const [from, to] = [before[side], after[side]]
        return from === undefined || to === undefined ? undefined : (to - from) / elapsed
      }
      return {
        seconds: elapsed,
        busy: { server: share('server'), client: share('client'), redis: share('redis') },
      }
    },
  }
}

function nextRequestOf(send: LoadOrder['send']): NextRequest {
  switch (send.kind) {
    case 'polls':
      return nextPoll(send)
    case 'entries':
      return nextEntry(send.room)
    case 'pages':
      return nextPage(send)
    case 'claims':
    case 'holds':
      return () => prepared.pop()
  }
}

function nextPoll({ path, revalidate }: { path: string; revalidate: boolean }): NextRequest {
  const plain = requestBytes('GET', path)
  if (!revalidate) return () => plain
  let request = plain
  return (last) => {
    if (last?.status === 200) request = requestBytes('GET', path, [`If-None-Match: ${etagOf(last.head)}`])
    return request
  }
}

function nextPage({ path, headers }: { path: string; headers: readonly string[] }): NextRequest {
  const request = requestBytes('GET', path, headers)
  return () => request
}

/** Each time a new fan's key. */
function nextEntry(room: string): NextRequest {
  const key = Buffer.alloc(KEY_BYTES)
  const text = key.toString('base64url')
  const request = requestBytes('POST', `/api/rooms/${room}/entries`, [], { key: text })
  const offset = request.length - text.length - '"}'.length
  return () => {
    request.write(randomFillSync(key).toString('base64url'), offset, 'latin1')
    return request
  }
}

answerCalls(calls)
