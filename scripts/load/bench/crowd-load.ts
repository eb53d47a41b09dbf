import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Status } from '../../../gateway/room/status.ts'
import { pollDelayMs } from '../replay/polling-rule.ts'
import { etagOf, type HttpAnswer, readAnswer } from './connection.ts'
import { answerCalls, cpuSecondsOf } from './processes.ts'

type ConnectOrder = { port: number; connections: number; path: string }

type FollowOrder = {
  path: string
  seconds: number
  /** The fans of this process, by their initial positions; several share a connection. */
  positions: readonly number[]
}

export type FollowResult = {
  polls: number
  unchanged: number
  /** Responses with another status, and connections that ended. */
  errors: number
  p50Ms: number
  p99Ms: number
  /** How much of one core this process used. */
  busy: number | undefined
}

type Answer = Omit<HttpAnswer, 'body'> & { body: string }
type Connection = { ask(request: Buffer): Promise<Answer> }

const CONNECT_CONCURRENCY = 100
const READ_BYTES = 65_536

/** All reads of a process share one buffer: each is consumed before the next. */
const readBuffer = Buffer.allocUnsafe(READ_BYTES)
let open: Connection[] = []

const calls = {
  /** Opens connections, each with a first poll: a server ends idle ones. */
  async connect({ port, connections, path }: ConnectOrder): Promise<void> {
    open = []
    while (open.length < connections) {
      const some = Math.min(CONNECT_CONCURRENCY, connections - open.length)
      open.push(...(await Promise.all(Array.from({ length: some }, () => openAndPoll(port, path)))))
    }
  },

  /** Lets every fan poll at the pace set by the status. A called fan is replaced by a newcomer. */
  async follow({ path, seconds, positions }: FollowOrder): Promise<FollowResult> {
    const counter: Counter = { latenciesMs: [], unchanged: 0, errors: 0 }
    const cpuSeconds = cpuSecondsOf(process.pid)
    const startMs = performance.now()
    const endMs = startMs + seconds * 1000
    await Promise.all(
      positions.map((position, n) => followAs(connectionOf(n), { path, position, endMs, counter })),
    )
    const elapsed = (performance.now() - startMs) / 1000
    const sorted = counter.latenciesMs.toSorted((a, b) => a - b)
    const percentile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
    const after = cpuSecondsOf(process.pid)
    return {
      polls: sorted.length,
      unchanged: counter.unchanged,
      errors: counter.errors,
      p50Ms: percentile(0.5),
      p99Ms: percentile(0.99),
      busy: after === undefined || cpuSeconds === undefined ? undefined : (after - cpuSeconds) / elapsed,
    }
  },
}

export type CrowdCalls = typeof calls

type Counter = { latenciesMs: number[]; unchanged: number; errors: number }

function connectionOf(n: number): Connection {
  const connection = open[n % open.length]
  if (connection === undefined) throw new Error('No connection is open')
  return connection
}

async function followAs(
  connection: Connection,
  fan: { path: string; position: number; endMs: number; counter: Counter },
): Promise<void> {
  const { path, endMs, counter } = fan
  let { position } = fan
  let [etag, status]: [string, Status | undefined] = ['', undefined]
  // As if all had been here for a while: first polls are spread evenly.
  let delayMs = Math.random() * FIRST_MS
  for (;;) {
    if (performance.now() + delayMs >= endMs) return
    await wait(delayMs)
    const askedMs = performance.now()
    try {
      const answer = await connection.ask(pollOf(path, etag))
      counter.latenciesMs.push(performance.now() - askedMs)
      if (answer.status === 304) counter.unchanged += 1
      else if (answer.status !== 200) counter.errors += 1
      else {
        etag = etagOf(answer.head)
        status = JSON.parse(answer.body) as Status
      }
    } catch {
      counter.errors += 1
      return
    }
    if (status === undefined) return
    if (position <= status.serving) position = status.entries
    delayMs = pollDelayMs(status.poll, position - status.serving, Math.random)
  }
}

const FIRST_MS = 10_000

function pollOf(path: string, etag: string): Buffer {
  const revalidate = etag === '' ? [] : [`If-None-Match: ${etag}`]
  return Buffer.from([`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...revalidate, '', ''].join('\r\n'))
}

async function openAndPoll(port: number, path: string): Promise<Connection> {
  const connection = await openConnection(port)
  await connection.ask(pollOf(path, ''))
  return connection
}

type Asking = { resolve: (answer: Answer) => void; reject: (error: Error) => void }

/** A keep-alive connection; fans who share one poll in turn. */
function openConnection(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let stored: Buffer | undefined
    let asking: Asking | undefined
    let turn: Promise<unknown> = Promise.resolve()
    let failure: Error | undefined
    const onread = { buffer: readBuffer, callback: take }
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread })
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('The server closed a connection')))
    socket.once('connect', () => resolve({ ask }))

    function take(count: number): boolean {
      const chunk = readBuffer.subarray(0, count)
      const bytes = stored === undefined ? chunk : Buffer.concat([stored, chunk])
      try {
        const answer = readAnswer(bytes)
        stored = answer === undefined ? Buffer.from(bytes) : undefined
        if (answer !== undefined)
          asking?.resolve({ ...answer, body: bytes.toString('utf8', answer.head.length) })
      } catch (error) {
        fail(error)
      }
      return true
    }

    function fail(error: unknown): void {
      failure ??= error instanceof Error ? error : new Error(String(error))
      reject(failure)
      asking?.reject(failure)
      socket.destroy()
    }

    function ask(request: Buffer): Promise<Answer> {
      const answered = turn.then(() => {
        if (failure !== undefined) throw failure
        return new Promise<Answer>((answer, refuse) => {
          asking = { resolve: answer, reject: refuse }
          socket.write(request)
        })
      })
      turn = answered.catch(() => {}) // the caller is told
      return answered
    }
  })
}

answerCalls(calls)
