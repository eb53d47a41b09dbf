import { createLogger } from '../../../shared/runtime/log.ts'
import { startLoop } from '../../../shared/runtime/loop.ts'
import { readPrivateKey } from '../../../shared/tokens/keys.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { createTokenSigner } from '../../../shared/tokens/sign.ts'
import { waitUntil } from '../../develop/stores/wait.ts'
import { percentile } from '../replay/stats.ts'
import { sendAll } from './connection.ts'
import { answerCalls, cpuSecondsOf } from './processes.ts'
import { type Buyer, buyTicket, enterRoom, type PayBy, type Waiting, type Walk } from './shopper.ts'
import { within } from './within.ts'

type BuyersOrder = { accounts: readonly string[]; types: readonly number[]; sessionKeyBase64: string }

type SaleOrder = {
  port: number
  room: string
  /** Maximum number of concurrent fans between claim and confirmed payment. */
  connections: number
  method: PayBy
  seconds: number
  /** Warm-up that is not counted. */
  warmSeconds: number
  /** The processes whose processor time is measured, by name. */
  pids: Record<string, number>
}

export type SaleResult = {
  purchases: number
  /** Sent during the measurement, including those of fans who enter. */
  requests: number
  seconds: number
  /** From the claim's request to the confirmed payment. */
  latencyMs: { p50: number; p99: number }
  /** Processor time during the measurement; undefined where the system does not report it. */
  cpuSeconds: Record<string, number | undefined>
}

/**
 * The length of the queue, so that its next fan was called a while ago: several times the number that buy between two
 * of the gateway's ticks. A connection that buys lets another fan enter for each one that leaves the queue.
 */
const LINE = 1024
const SERVING_MS = 50
const SESSION_SECONDS = 3600
const CALLED_MS_MAX = 10_000
const LATE_MS_MAX = 30_000

const buyers: Buyer[] = []
/** By port, since the queue continues where the last sale ended. */
const lines = new Map<number, Waiting[]>()

const calls = {
  /** How many buyers are left. */
  async countBuyers(_: object): Promise<number> {
    return buyers.length
  },

  /** Creates more buyers: each with a separate account, and signed in. */
  async prepareBuyers({ accounts, types, sessionKeyBase64 }: BuyersOrder): Promise<void> {
    const signSession = createTokenSigner('session', readPrivateKey('session', sessionKeyBase64))
    const iat = Math.floor(Date.now() / 1000)
    const lifetime = { iat, exp: iat + SESSION_SECONDS }
    for (const [i, sub] of accounts.entries()) {
      const session = signSession({ aud: AUDIENCES.session, sub, name: 'Fan', roles: ['fan'], ...lifetime })
      buyers.push({ session, type: types[i % types.length] ?? 0 })
    }
  },

  /** Sells over many connections, on each one purchase after another, until the time is over or no buyer is left. */
  async sell(order: SaleOrder): Promise<SaleResult> {
    const { port, room, connections, method } = order
    const line = lines.get(port) ?? []
    lines.set(port, line)
    const following = followServing(port, room)
    try {
      await overConnections(connections, port, () => fillLine(room, line))
      const lastIndex = line.at(-1)?.index ?? 0
      const called = await waitUntil(() => following.serving() >= lastIndex, { timeoutMs: CALLED_MS_MAX })
      if (!called) throw new Error('The line is not called')
      const clock = createSaleClock(order)
      const shopping = () => shop({ room, method, line, clock, serving: following.serving })
      const timeoutMs = (order.warmSeconds + order.seconds) * 1000 + LATE_MS_MAX
      await within(timeoutMs, overConnections(connections, port, shopping, clock.sent))
      return clock.read()
    } finally {
      await following.stop()
    }
  },
}

export type SaleCalls = typeof calls

async function overConnections(
  count: number,
  port: number,
  walk: () => Walk<void>,
  onRequest: () => void = () => {},
): Promise<void> {
  const connections = Array.from({ length: count }, () => {
    const way = walk()
    // A generator ignores the argument of its first `next`, so any response will do.
    return sendAll(port, (last) => {
      onRequest()
      return way.next(last ?? { status: 0, head: '', body: Buffer.alloc(0) }).value ?? undefined
    })
  })
  await Promise.all(connections)
}

function* fillLine(room: string, line: Waiting[]): Walk<void> {
  while (line.length < LINE) line.push(yield* enterRoom(room))
}

function* shop(sale: {
  room: string
  method: PayBy
  line: Waiting[]
  clock: ReturnType<typeof createSaleClock>
  serving: () => number
}): Walk<void> {
  const { room, method, line, clock, serving } = sale
  while (!clock.over()) {
    line.push(yield* enterRoom(room))
    const isNextCalled = (line[0]?.index ?? Number.POSITIVE_INFINITY) <= serving()
    const waiting = isNextCalled ? line.shift() : undefined
    if (waiting === undefined) continue
    const buyer = buyers.pop()
    if (buyer === undefined) return
    const startMs = performance.now()
    yield* buyTicket(room, waiting, buyer, method)
    clock.sold(performance.now() - startMs)
  }
}

/** Polls for the position served, once for all who wait. */
function followServing(port: number, room: string): { serving: () => number; stop: () => Promise<void> } {
  let serving = -1
  const loop = startLoop({
    name: 'serving',
    intervalMs: SERVING_MS,
    log: createLogger('bench', 'warn'),
    async run() {
      const response = await fetch(`http://127.0.0.1:${port}/api/rooms/${room}/status`)
      serving = ((await response.json()) as { serving: number }).serving
    },
  })
  return { serving: () => serving, stop: loop.stop }
}

/** Counts sales from the end of the warm-up until the time is over. */
function createSaleClock({ warmSeconds, seconds, pids }: SaleOrder) {
  const used = () => Object.entries(pids).map(([name, pid]) => [name, cpuSecondsOf(pid)] as const)
  let [startMs, endMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let [before, after] = [used(), used()]
  const latenciesMs: number[] = []
  let requests = 0
  const starting = setTimeout(() => {
    before = used()
    startMs = performance.now()
  }, warmSeconds * 1000)
  const end = () => {
    after = used()
    endMs = performance.now()
  }
  const ending = setTimeout(end, (warmSeconds + seconds) * 1000)
  const over = () => endMs < Number.POSITIVE_INFINITY
  const counts = () => startMs < Number.POSITIVE_INFINITY && !over()
  return {
    over,
    sent(): void {
      if (counts()) requests += 1
    },
    sold(latencyMs: number): void {
      if (counts()) latenciesMs.push(latencyMs)
    },
    read(): SaleResult {
      if (!over()) end() // the buyers were used up
      clearTimeout(starting)
      clearTimeout(ending)
      const sorted = latenciesMs.toSorted((a, b) => a - b)
      const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)]
      if (p50 === undefined || p99 === undefined) throw new Error('Nothing was sold')
      const cpuSeconds = after.map(([name, to], i) => {
        const from = before[i]?.[1]
        return [name, from === undefined || to === undefined ? undefined : to - from] as const
      })
      return {
        purchases: sorted.length,
        requests,
        seconds: (endMs - startMs) / 1000,
        latencyMs: { p50, p99 },
        cpuSeconds: Object.fromEntries(cpuSeconds),
      }
    },
  }
}

answerCalls(calls)
