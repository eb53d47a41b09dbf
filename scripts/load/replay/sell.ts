import pLimit from 'p-limit'
import { createRandom } from '../../develop/sandbox-provider/dials.ts'
import type { Crowd } from './crowd.ts'
import { type FanDeps, runFan } from './fan.ts'
import type { FanRecord } from './fan-record.ts'
import { createJourney, type Journey } from './journey.ts'
import { launchFans } from './launch.ts'
import { verifyOwned } from './owning.ts'
import type { Stops } from './stops.ts'

export type SellDeps = FanDeps & {
  arrivalsMs: readonly number[]
  /** One for each arrival. */
  records: readonly FanRecord[]
  fansMax: number
  crowd: Crowd
  /** Returns a number in [0, 1); each fan gets a separate source from it. */
  random: () => number
  stops: Stops
  /** The fan's journey; replaceable. */
  runFan?: (deps: FanDeps, journey: Journey) => Promise<string>
}

/** A fan who has bought, and whose orders can be checked. */
export type Buyer = { journey: Journey; session: string }

const VERIFIED_CONCURRENCY = 64

/** Runs all fans; resolves when the last one is done. */
export async function sellToAll(deps: SellDeps): Promise<{ buyers: Buyer[]; lateMaxMs: number }> {
  const { arrivalsMs, fansMax, time, stops, random, runFan: goTheWay = runFan } = deps
  const buyers: Buyer[] = []
  // Drawn in order of arrival, so that no fan's random numbers depend on another's speed.
  const seeds = arrivalsMs.map(() => Math.floor(random() * 2 ** 32))

  async function begin(record: FanRecord): Promise<void> {
    const controller = stops.open()
    const { signal } = controller
    const fanRandom = createRandom(seeds[record.number] ?? 0)
    const journey = createJourney({ ...deps, record, signal, random: fanRandom })
    try {
      signal.throwIfAborted()
      const session = await goTheWay(deps, journey)
      journey.leave()
      buyers.push({ journey, session })
    } catch (error) {
      journey.leave(error)
    } finally {
      stops.close(controller)
      // Concurrent work, such as signing up, ends with the fan.
      controller.abort()
    }
  }

  const launched = await launchFans({
    arrivals: deps.records.map((record, i) => ({ atMs: arrivalsMs[i] ?? 0, begin: () => begin(record) })),
    fansMax,
    time,
    signal: stops.signal,
  })
  return { buyers, ...launched }
}

/** Checks for every buyer whether they own what they were told, with bounded concurrency. */
export async function verifyAll(
  deps: Pick<FanDeps, 'client'>,
  buyers: readonly Buyer[],
  stops: Stops,
): Promise<void> {
  const limit = pLimit(VERIFIED_CONCURRENCY)
  await limit.map(buyers, async ({ journey, session }) => {
    try {
      stops.signal.throwIfAborted()
      await verifyOwned(deps.client, journey, session, stops.signal)
    } catch (error) {
      journey.leave(error)
    }
  })
}
