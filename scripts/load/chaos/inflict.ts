import { pause } from '../../../shared/runtime/loop.ts'
import type { Service } from '../../develop/start/service.ts'
import { asked } from '../../develop/stores/redis-pair.ts'
import type { Fault, Link, ProviderDials } from './fault.ts'
import { type BackAfter, loseRedis } from './lose-redis.ts'
import type { TcpProxy, Weather } from './proxy.ts'
import { redisOf } from './redis.ts'
import { STEPS } from './steps.ts'
import type { ChaosSystem } from './system.ts'
import { createTrigger } from './trigger.ts'

/** `missed`: the step was not reached in time, so the fault was not injected. */
export type Inflicted = 'done' | 'missed' | BackAfter

export type InflictDeps = {
  system: ChaosSystem
  /** The room of the sale. */
  room: string
  /** Returns a number in [0, 1). */
  random: () => number
  say: (line: string) => void
  /** Aborted to end all faults early; each still reverts its effects. */
  signal: AbortSignal
}

type FaultOf<K extends Fault['kind']> = Extract<Fault, { kind: K }>

/** Injects the fault for its duration, and reverts what does not recover by itself. */
export async function inflict(deps: InflictDeps, fault: Fault): Promise<Inflicted> {
  switch (fault.kind) {
    case 'origin killed at a step':
      return killAtStep(deps, fault)
    case 'origin killed again and again':
      await killAgain(deps, fault)
      return 'done'
    case 'gateway killed':
      kill(serviceOf(deps.system.gateways, fault.gateway))
      await pause(fault.forMs, deps.signal)
      return 'done'
    case 'mysql frozen':
    case 'redis frozen':
    case 'mysql restarted':
    case 'redis restarted':
      await loseStore(deps, fault)
      return 'done'
    case 'redis wiped':
      await wipe(deps, fault)
      return 'done'
    case 'redis replaced by its replica':
    case 'redis read-only':
    case 'redis split':
    case 'redis out of memory':
    case 'redis restored from a snapshot':
    case 'redis node replaced by its replica':
    case 'redis node restarted from a snapshot':
      return loseRedis(deps, fault)
    case 'mysql slow':
      await spoil(deps, 'mysql', { delayMs: fault.delayMs }, { delayMs: 0 }, fault.forMs)
      return 'done'
    case 'connections cut half-way':
      await spoil(
        deps,
        fault.link,
        { cut: cutSome(fault.share, deps.random) },
        { cut: undefined },
        fault.forMs,
      )
      return 'done'
    case 'connections in a black hole':
      await spoil(deps, fault.link, { hold: true }, { hold: false }, fault.forMs, fault.thenCut)
      return 'done'
    case 'connections refused':
      await spoil(deps, fault.link, { refuse: true }, { refuse: false }, fault.forMs)
      return 'done'
    default:
      await turnDials(deps, fault.dials, fault.forMs)
      return 'done'
  }
}

async function killAtStep(
  { system, say, signal }: InflictDeps,
  fault: FaultOf<'origin killed at a step'>,
): Promise<Inflicted> {
  const service = serviceOf(system.origins, fault.origin)
  const step = STEPS[fault.step]
  const proxy = system.links.origins[fault.origin]?.[step.partner].proxy
  const { promise: reached, resolve } = Promise.withResolvers<true>()
  const trigger = createTrigger(step, fault.nth, () => {
    // Synchronously: no further byte of this connection passes, and the process runs no further.
    kill(service)
    resolve(true)
  })
  const unwatch = proxy?.watch(trigger)
  try {
    const hit = await Promise.race([reached, pause(fault.forMs, signal)])
    say(hit === true ? `origin ${fault.origin + 1} killed ${fault.step}` : 'the step was not reached in time')
    return hit === true ? 'done' : 'missed'
  } finally {
    unwatch?.()
  }
}

async function killAgain(
  { system, signal }: InflictDeps,
  { origin, everyMs, forMs }: FaultOf<'origin killed again and again'>,
): Promise<void> {
  const service = serviceOf(system.origins, origin)
  for (let leftMs = forMs; leftMs > 0 && !signal.aborted; leftMs -= everyMs) {
    kill(service)
    await pause(Math.min(everyMs, leftMs), signal)
  }
}

async function loseStore(
  { system, signal }: InflictDeps,
  fault: FaultOf<'mysql frozen' | 'mysql restarted' | 'redis frozen' | 'redis restarted'>,
): Promise<void> {
  const store = fault.group === 'mysql' ? system.mysql : redisOf(system, 'single')
  if (fault.kind === 'mysql frozen' || fault.kind === 'redis frozen') {
    store.freeze()
    await pause(fault.forMs, signal)
    store.thaw()
    return
  }
  await store.crash()
  await pause(fault.forMs, signal)
  await store.start('with its data')
}

async function wipe({ system, signal }: InflictDeps, fault: FaultOf<'redis wiped'>): Promise<void> {
  const store = redisOf(system, 'single')
  if (fault.by === 'starting empty') {
    await store.crash()
    await store.start('empty')
  } else {
    await asked({ url: store.url() }, (redis) => redis.flushall())
  }
  await pause(fault.forMs, signal)
}

async function spoil(
  { system, signal }: InflictDeps,
  link: Link,
  bad: Partial<Weather>,
  good: Partial<Weather>,
  forMs: number,
  thenCut = false,
): Promise<void> {
  const proxies = system.links.of(link)
  const change = (weather: Partial<Weather>) => {
    for (const proxy of proxies) proxy.change(weather)
  }
  change(bad)
  await pause(forMs, signal)
  if (thenCut) cutAll(proxies)
  change(good)
}

function cutAll(proxies: readonly TcpProxy[]): void {
  for (const proxy of proxies) proxy.cutAll()
}

function cutSome(share: number, random: () => number): Weather['cut'] {
  return (bytes) => (random() < share ? Math.floor(random() * bytes) : undefined)
}

const USUAL_DIALS: Required<ProviderDials> = {
  declineShare: 0,
  errorShare: 0,
  loseAnswerShare: 0,
  medianMs: 60,
  p99Ms: 400,
}

async function turnDials(
  { system, signal }: InflictDeps,
  dials: ProviderDials,
  forMs: number,
): Promise<void> {
  await putDials(system.providerUrl, { ...USUAL_DIALS, ...dials })
  await pause(forMs, signal)
  await putDials(system.providerUrl, USUAL_DIALS)
}

async function putDials(providerUrl: string, dials: ProviderDials): Promise<void> {
  const response = await fetch(`${providerUrl}/dials`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(dials),
    signal: AbortSignal.timeout(DIALS_TIMEOUT_MS),
  })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`The sandbox does not take its dials: ${response.status}`)
}

const DIALS_TIMEOUT_MS = 5000

function serviceOf(services: readonly Service[], index: number): Service {
  const service = services[index]
  if (service === undefined) throw new Error(`There is no process ${index + 1} of its kind`)
  return service
}

/** A process that is being restarted is left alone. */
function kill(service: Service): void {
  try {
    process.kill(service.pid(), 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
