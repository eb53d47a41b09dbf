import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { nodesOf, type Redis, type RedisNodeClient } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'

/** Fans called by one decision, with the clock that decided it. */
type Call = { atMs: number; fans: number; serving: number }

/** A pass from its claim to its end, by index in the history of the entire Redis. */
type Grant = { position: number; account: string; atMs: number; expiresMs: number }

export type History = {
  /** The maximum number of concurrent live passes. */
  liveMax: number
  calls: readonly Call[]
  grants: readonly Grant[]
  /** Claims that were granted to a fan who had not been called. */
  uncalled: readonly Grant[]
}

type Watch = { end(): Promise<History> }

const END_TIMEOUT_MS = 60_000

/**
 * Follows everything that Redis does with a room, command by command in the order it is done, those inside scripts
 * included (MONITOR). What a room holds changes by commands alone, but for passes that expire, so no instant is missed:
 * a sample could overlook a moment between two samples, this cannot.
 */
export async function watchRoom(redis: Redis, room: string): Promise<Watch> {
  const keys = roomKeys(room)
  const mark = `test-mark:${room}`
  const passes = new Map<string, number>()
  const calls: Call[] = []
  const grants: Grant[] = []
  const uncalled: Grant[] = []
  let [liveMax, serving, fans, claimed, ended] = [0, -1, 0, -1, false]

  const follow: Record<string, (args: readonly string[], atMs: number) => void> = {
    [`hincrby ${keys.unresolved}`]([slot, by]) {
      if (slot === 'total' && Number(by) > 0) fans += Number(by)
    },
    [`hset ${keys.admission}`](args) {
      const decidedMs = Number(fieldOf(args, 'at'))
      if (Number.isNaN(decidedMs)) return
      serving = Number(fieldOf(args, 'serving'))
      if (fans > 0) calls.push({ atMs: decidedMs, fans, serving })
      fans = 0
    },
    [`setbit ${keys.claimed}`]([position]) {
      claimed = Number(position)
    },
    [`zrem ${keys.passes}`](accounts) {
      for (const account of accounts) passes.delete(account)
    },
    [`zadd ${keys.passes}`]([expires, account = ''], atMs) {
      const grant = { position: claimed, account, atMs, expiresMs: Number(expires) }
      grants.push(grant)
      if (grant.position > serving) uncalled.push(grant)
      passes.set(account, grant.expiresMs)
      liveMax = Math.max(liveMax, [...passes.values()].filter((ends) => ends > atMs).length)
    },
    [`set ${mark}`]() {
      ended = true
    },
  }

  const [server] = nodesOf(redis)
  if (server === undefined) throw new Error('There is no Redis to follow')
  const stop = await monitor(server, (seconds, [command = '', key = '', ...args]) => {
    follow[`${command.toLowerCase()} ${key}`]?.(args, Math.floor(seconds * 1000))
  })
  return {
    async end() {
      await redis.set(mark, '1', 'PX', END_TIMEOUT_MS)
      const deadlineMs = performance.now() + END_TIMEOUT_MS
      while (!ended && performance.now() < deadlineMs) await wait(10)
      stop()
      if (!ended) throw new Error('Redis did not tell all that it did')
      return { liveMax, calls, grants, uncalled }
    },
  }
}

/**
 * Calls back with each command that a Redis does. Over a connection of its own: ioredis takes what comes in one chunk with
 * the answer to MONITOR for answers to commands that nobody sent.
 */
async function monitor(
  { options }: RedisNodeClient,
  onCommand: (seconds: number, words: readonly string[]) => void,
): Promise<() => void> {
  const { path, port = 6379, host = '127.0.0.1' } = options
  const socket = path === undefined ? connect(port, host) : connect(path)
  const lines = createInterface({ input: socket })
  const begun = once(lines, 'line')
  lines.on('line', (line) => {
    const [, seconds, text = ''] = /^\+([\d.]+) \[[^\]]*\] (.*)$/.exec(line) ?? []
    if (seconds !== undefined) onCommand(Number(seconds), wordsOf(text))
  })
  socket.write('MONITOR\r\n')
  await begun
  return () => void socket.destroy()
}

/** The words of a command, each in double quotes and escaped. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => word.replaceAll(/\\(.)/g, '$1'))
}

/** Field, value, field, value, … */
function fieldOf(args: readonly string[], field: string): string | undefined {
  const at = args.findIndex((arg, i) => i % 2 === 0 && arg === field)
  return at < 0 ? undefined : args[at + 1]
}
