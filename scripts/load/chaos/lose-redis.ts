import { pause } from '../../../shared/runtime/loop.ts'
import { asked } from '../../develop/stores/redis-pair.ts'
import { untilBack } from './back.ts'
import type { Fault, RedisLoss } from './fault.ts'
import type { TcpProxy } from './proxy.ts'
import { redisOf } from './redis.ts'
import type { ChaosSystem } from './system.ts'

/** How long the recovery took once Redis was available to all again; undefined when it was not complete in time. */
export type BackAfter = { backMs: number | undefined }

export type LossDeps = {
  system: ChaosSystem
  room: string
  say: (line: string) => void
  signal: AbortSignal
}

type LossOf<K extends RedisLoss['kind']> = Extract<RedisLoss, { kind: K }> & Pick<Fault, 'forMs'>

/** Makes Redis fail as the fault describes, waits until the service has recovered, and restores Redis' redundancy. */
export async function loseRedis(deps: LossDeps, fault: RedisLoss & Pick<Fault, 'forMs'>): Promise<BackAfter> {
  switch (fault.kind) {
    case 'redis replaced by its replica':
      return replace(deps, fault)
    case 'redis read-only':
      // The same without lost writes: the primary is read-only until the new one takes over.
      return replace(deps, {
        ...fault,
        behindMs: 0,
        unavailableMs: fault.readOnlyMs,
        previous: 'kept, read-only',
      })
    case 'redis split':
      return split(deps, fault)
    case 'redis out of memory':
      return runOutOfMemory(deps, fault)
    case 'redis restored from a snapshot':
      return restore(deps, fault)
    case 'redis node replaced by its replica':
      return replaceNode(deps, fault)
    case 'redis node restarted from a snapshot':
      return restartNode(deps, fault)
  }
}

async function replace(
  deps: LossDeps,
  {
    behindMs,
    unavailableMs,
    previous,
    forMs,
  }: Pick<LossOf<'redis replaced by its replica'>, 'behindMs' | 'unavailableMs' | 'previous' | 'forMs'>,
): Promise<BackAfter> {
  const pair = redisOf(deps.system, 'pair')
  if (behindMs > 0) await pair.holdBack()
  await pause(behindMs, deps.signal)
  await pair.losePrimary(previous)
  await pause(unavailableMs, deps.signal)
  await pair.promote()
  const back = await waitForBack(deps, forMs - behindMs - unavailableMs)
  await pair.renew()
  return back
}

async function split(
  deps: LossDeps,
  { gateway, behindMs, splitMs, forMs }: LossOf<'redis split'>,
): Promise<BackAfter> {
  const { links } = deps.system
  const pair = redisOf(deps.system, 'pair')
  const left = links.redis[gateway]?.proxy
  if (behindMs > 0) await pair.holdBack()
  await pause(behindMs, deps.signal)
  left?.change({ leadTo: pair.targets() })
  await pair.promote()
  cutAll(links.of('redis').filter((proxy) => proxy !== left))
  await pause(splitMs, deps.signal)
  left?.change({ leadTo: undefined })
  const [back] = await Promise.all([waitForBack(deps, forMs - behindMs - splitMs), pair.renew()])
  return back
}

async function runOutOfMemory(
  deps: LossDeps,
  { outMs, forMs }: LossOf<'redis out of memory'>,
): Promise<BackAfter> {
  const primary = { url: redisOf(deps.system, 'pair').url() }
  await asked(primary, (redis) => redis.config('SET', 'maxmemory', '1'))
  await pause(outMs, deps.signal)
  await asked(primary, (redis) => redis.config('SET', 'maxmemory', '0'))
  return waitForBack(deps, forMs - outMs)
}

async function restore(
  deps: LossDeps,
  { ageMs, forMs }: LossOf<'redis restored from a snapshot'>,
): Promise<BackAfter> {
  const pair = redisOf(deps.system, 'pair')
  await pair.takeSnapshot()
  await pause(ageMs, deps.signal)
  await pair.restoreSnapshot()
  return waitForBack(deps, forMs - ageMs)
}

async function replaceNode(
  deps: LossDeps,
  { behindMs, forMs }: LossOf<'redis node replaced by its replica'>,
): Promise<BackAfter> {
  const cluster = redisOf(deps.system, 'cluster')
  if (behindMs > 0) await cluster.holdBack(deps.room)
  await pause(behindMs, deps.signal)
  await cluster.replaceMaster(deps.room)
  const back = await waitForBack(deps, forMs - behindMs)
  await cluster.renew()
  return back
}

async function restartNode(
  deps: LossDeps,
  { ageMs, forMs }: LossOf<'redis node restarted from a snapshot'>,
): Promise<BackAfter> {
  const cluster = redisOf(deps.system, 'cluster')
  await cluster.takeSnapshot(deps.room)
  await pause(ageMs, deps.signal)
  await cluster.restartMaster(deps.room)
  const back = await waitForBack(deps, forMs - ageMs)
  await cluster.renew()
  return back
}

async function waitForBack({ system, room, signal, say }: LossDeps, timeoutMs: number): Promise<BackAfter> {
  const backMs = await untilBack(system, { room, timeoutMs, signal })
  say(backMs === undefined ? 'not back in time' : `back after ${(backMs / 1000).toFixed(1)} s`)
  return { backMs }
}

function cutAll(proxies: readonly TcpProxy[]): void {
  for (const proxy of proxies) proxy.cutAll()
}
