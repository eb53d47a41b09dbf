import { ORIGINS_KEY } from '../../../shared/redis/keys.ts'
import type { DirectCalls } from './direct.ts'
import { alternate, type Measured } from './measure.ts'
import { type Child, startChild } from './processes.ts'
import { type Figure, withCpuTime } from './report.ts'
import { publishRoom, untilStatus } from './rooms.ts'
import { type BenchOptions, createSetup, rateOf, type Setup } from './setup.ts'

const ROOM = 'bench-claim'
/** Fans prepared for a measurement; it ends early when a faster host uses them up. */
const CLAIMS_PER_SECOND_MAX = 10_000
const ENTER_CONCURRENCY = 500
const REMEMBER_SECONDS = 10
const HEARTBEAT_MS = 1000

/** Claiming: passes per second, from a session's verification to the pass' signature. */
export async function benchClaim(options: BenchOptions): Promise<Figure[]> {
  const { seconds, runs, cores } = options
  const setup = await createSetup(options, [ROOM], (redis) => publishRoom(redis, ROOM))
  const direct = startChild<DirectCalls>('direct.ts', cores?.server)
  const beating = heartbeat(setup)
  const call = callFans(setup, direct, (seconds + 1) * CLAIMS_PER_SECOND_MAX)
  const sign = (withVerify: boolean) =>
    direct.call('sign', { keyBase64: setup.gateway.passKeyBase64, seconds, withVerify })
  const contenders = {
    sign: () => sign(false),
    signAndVerify: () => sign(true),
    claim: async (): Promise<Measured> => {
      await call()
      return rateOf(await setup.run({ send: { kind: 'claims' } }), [201])
    },
  }
  try {
    await untilStatus(setup.gateway.port, ROOM, ({ phase }) => phase === 'open')
    await alternate(1, contenders) // not counted: code is compiled while it runs
    const measured = await alternate(runs, contenders)
    const figure = (name: string, baseline: string, beside: readonly Measured[]): Figure => ({
      name,
      unit: 'claims/s',
      measured: measured.claim,
      baseline: { name: baseline, measured: beside },
    })
    return [
      ...withCpuTime(figure('claim', 'Ed25519 signatures alone', measured.sign)),
      ...withCpuTime({
        ...figure('claim', 'signing and verifying alone', measured.signAndVerify),
        name: 'claim, beside both signatures',
        note: 'every claim verifies a session it has not seen and signs a pass, so this is the ceiling of its crypto',
      }),
    ]
  } finally {
    clearInterval(beating)
    direct.stop()
    await setup.end()
  }
}

/** Sends the heartbeat of a healthy origin, without which no fan is called. */
function heartbeat({ redis }: Setup): NodeJS.Timeout {
  const say = () => {
    redis.originHeartbeat(ORIGINS_KEY, 'bench', 1000).catch(() => {}) // what fails for good shows in what is measured
  }
  say()
  return setInterval(say, HEARTBEAT_MS)
}

/** Lets fans enter and waits until all are called; the load's process then sends their claims. */
function callFans({ redisUrl, gateway, load }: Setup, direct: Child<DirectCalls>, count: number) {
  let entered = 0
  return async () => {
    const firstIndex = entered
    const fill = { redisUrl, room: ROOM, concurrency: ENTER_CONCURRENCY, rememberSeconds: REMEMBER_SECONDS }
    await direct.call('fill', { ...fill, entries: count })
    entered += count
    await untilStatus(gateway.port, ROOM, ({ serving }) => serving >= entered - 1)
    const { placeSecret, sessionKeyBase64 } = gateway
    await load.call('prepareClaims', { room: ROOM, firstIndex, count, placeSecret, sessionKeyBase64 })
  }
}
