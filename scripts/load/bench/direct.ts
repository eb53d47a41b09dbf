import { randomBytes, sign, verify } from 'node:crypto'
import { enterRoom } from '../../../gateway/room/enter-room.ts'
import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { publicHalf, readPrivateKey } from '../../../shared/tokens/keys.ts'
import type { Measured } from './measure.ts'
import { answerCalls, cpuSecondsOf } from './processes.ts'

type EnterOrder = {
  redisUrl: string
  redisPid: number
  room: string
  /** Concurrent entries. */
  concurrency: number
  rememberSeconds: number
  seconds: number
}

type FillOrder = {
  redisUrl: string
  room: string
  concurrency: number
  rememberSeconds: number
  entries: number
}

type SignOrder = { keyBase64: string; seconds: number; withVerify: boolean }

const ENTRY_BYTES = 16
/** About the size of a pass's signed part. */
const SIGNED_BYTES = 320
const SIGNATURES_PER_CHECK = 100

const calls = {
  /** Entries per second by the function that the route calls, over a client like the gateway's. */
  async enter(order: EnterOrder): Promise<Measured> {
    const { redisUrl, redisPid, room, concurrency, rememberSeconds, seconds } = order
    const redis = await open(redisUrl)
    const used = () => ({ server: ownCpuSeconds(), redis: cpuSecondsOf(redisPid) })
    const before = used()
    const startMs = performance.now()
    const endMs = startMs + seconds * 1000
    let entries = 0
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (performance.now() < endMs) {
          await enterOnce(redis, room, rememberSeconds)
          entries += 1
        }
      }),
    )
    const elapsed = (performance.now() - startMs) / 1000
    const after = used()
    await redis.quit()
    return {
      value: entries / elapsed,
      busy: {
        server: (after.server - before.server) / elapsed,
        client: undefined,
        redis:
          after.redis === undefined || before.redis === undefined
            ? undefined
            : (after.redis - before.redis) / elapsed,
      },
    }
  },

  /** Lets this many fans enter, one by one as any fan does. */
  async fill({ redisUrl, room, concurrency, rememberSeconds, entries }: FillOrder): Promise<void> {
    const redis = await open(redisUrl)
    let left = entries
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (left > 0) {
          left -= 1
          await enterOnce(redis, room, rememberSeconds)
        }
      }),
    )
    await redis.quit()
  },

  /** Ed25519 signatures per second, each optionally with a verification, and nothing else. */
  async sign({ keyBase64, seconds, withVerify }: SignOrder): Promise<Measured> {
    const key = readPrivateKey('key', keyBase64)
    const publicKey = publicHalf(key).key
    const signed = randomBytes(SIGNED_BYTES)
    const startMs = performance.now()
    const before = ownCpuSeconds()
    let signatures = 0
    while (performance.now() - startMs < seconds * 1000) {
      for (let i = 0; i < SIGNATURES_PER_CHECK; i += 1) {
        const signature = sign(null, signed, key.key)
        if (withVerify && !verify(null, signed, publicKey, signature)) throw new Error('A signature is wrong')
        signatures += 1
      }
    }
    const elapsed = (performance.now() - startMs) / 1000
    const server = (ownCpuSeconds() - before) / elapsed
    return { value: signatures / elapsed, busy: { server, client: undefined, redis: undefined } }
  },
}

export type DirectCalls = typeof calls

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

async function open(url: string): Promise<Redis> {
  const redis = createRedis({ url, name: 'bench', log: createLogger('bench', 'warn') })
  await redis.connect()
  return redis
}

async function enterOnce(redis: Redis, room: string, rememberSeconds: number): Promise<void> {
  const result = await enterRoom({ redis, rememberSeconds }, room, randomBytes(ENTRY_BYTES))
  if (result.status !== 'entered') throw new Error(`An entry was ${result.status}`)
}

answerCalls(calls)
