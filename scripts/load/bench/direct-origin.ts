import { randomBytes, sign, verify } from 'node:crypto'
import type { BasketLine } from '../../../drizzle/schema/purchases.ts'
import { takeHold } from '../../../origin/holds/take-hold.ts'
import { publicHalf, readPrivateKey } from '../../../shared/tokens/keys.ts'
import { type Admitted, admitFans } from './admitted.ts'
import type { Measured } from './measure.ts'
import { openRedis } from './open-redis.ts'
import { answerCalls, cpuSecondsOf } from './processes.ts'

type TakeOrder = {
  redisUrl: string
  redisPid: number
  room: string
  basket: readonly BasketLine[]
  /** Fans prepared; it ends early when they are used up. */
  fans: number
  /** Concurrent holds. */
  concurrency: number
  seconds: number
}

/** About the size of a pass's signed part. */
const SIGNED_BYTES = 320
const VERIFICATIONS_PER_CHECK = 100

const calls = {
  /** Holds per second by the function that the route calls, over a client like the origin's. */
  async takeHolds(order: TakeOrder): Promise<Measured> {
    const { redisUrl, redisPid, room, basket, concurrency, seconds } = order
    const redis = await openRedis(redisUrl)
    try {
      const fans = await admitFans(redis, room, order.fans)
      return await measure(seconds, redisPid, async (over) => {
        let holds = 0
        const lane = async () => {
          for (let fan = fans.pop(); fan !== undefined && !over(); fan = fans.pop()) {
            await takeOnce(fan)
            holds += 1
          }
        }
        await Promise.all(Array.from({ length: concurrency }, lane))
        return holds
      })
    } finally {
      await redis.quit()
    }

    async function takeOnce({ account, passId }: Admitted): Promise<void> {
      const { status } = await takeHold(redis, { room, account, passId, basket })
      if (status !== 'held') throw new Error(`A hold was ${status}`)
    }
  },

  /** Ed25519 verifications per second, and nothing else. */
  verify({ keyBase64, seconds }: { keyBase64: string; seconds: number }): Promise<Measured> {
    const key = readPrivateKey('key', keyBase64)
    const publicKey = publicHalf(key).key
    const signed = randomBytes(SIGNED_BYTES)
    const signature = sign(null, signed, key.key)
    return measure(seconds, undefined, (over) => {
      let verified = 0
      while (!over()) {
        for (let i = 0; i < VERIFICATIONS_PER_CHECK; i += 1) {
          if (!verify(null, signed, publicKey, signature)) throw new Error('A signature is wrong')
        }
        verified += VERIFICATIONS_PER_CHECK
      }
      return Promise.resolve(verified)
    })
  },
}

export type DirectOriginCalls = typeof calls

/** How often `work` completed per second, until the time was over. */
async function measure(
  seconds: number,
  redisPid: number | undefined,
  work: (over: () => boolean) => Promise<number>,
): Promise<Measured> {
  const used = () => ({
    server: cpuSecondsOf(process.pid),
    redis: redisPid === undefined ? undefined : cpuSecondsOf(redisPid),
  })
  const before = used()
  const startMs = performance.now()
  const done = await work(() => performance.now() - startMs >= seconds * 1000)
  const elapsed = (performance.now() - startMs) / 1000
  const after = used()
  const share = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? undefined : (to - from) / elapsed
  return {
    value: done / elapsed,
    busy: {
      server: share(before.server, after.server),
      client: undefined,
      redis: share(before.redis, after.redis),
    },
  }
}

answerCalls(calls)
