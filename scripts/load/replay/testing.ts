import { setImmediate } from 'node:timers/promises'
import { createRandom } from '../../develop/sandbox-provider/dials.ts'
import { createClient } from './client.ts'
import { createCrowd } from './crowd.ts'
import type { FakeGateway } from './fake-gateway.ts'
import { createFanRecord } from './fan-record.ts'
import { type SellDeps, sellToAll } from './sell.ts'
import { createStops } from './stops.ts'
import type { Time } from './time.ts'

export type TestTime = Time & { pausesMs: number[] }

/** A clock without real waits: a pause ends immediately, and advances the time by its length. */
export function createTestTime(): TestTime {
  let nowMs = 0
  const pausesMs: number[] = []
  return {
    pausesMs,
    now: () => nowMs,
    async pause(milliseconds, signal) {
      pausesMs.push(milliseconds)
      await setImmediate()
      nowMs += milliseconds
      signal.throwIfAborted()
    },
  }
}

/** Runs one fan through a gateway; `pausesMs` are the pauses on the way. */
export async function sendFan(
  gateway: FakeGateway,
  {
    seed = 1,
    signal = new AbortController().signal,
    runFan,
    bank,
  }: { seed?: number; signal?: AbortSignal; runFan?: SellDeps['runFan']; bank?: SellDeps['bank'] } = {},
) {
  const time = createTestTime()
  const crowd = createCrowd()
  const record = createFanRecord(0, 'fan-0@replay.naru.test')
  const client = createClient({
    gatewayUrl: gateway.url,
    connectionsMax: 4,
    requestMsMax: 10_000,
    retryMsMax: 60_000,
    time,
  })
  const stops = createStops(signal, 60_000)
  try {
    await sellToAll({
      client,
      time,
      crowd,
      stops,
      records: [record],
      arrivalsMs: [0],
      fansMax: 1,
      random: createRandom(seed),
      festival: 'harbour',
      room: 'harbour',
      ticketTypes: [...gateway.settings.stock.keys()],
      ...(runFan === undefined ? {} : { runFan }),
      ...(bank === undefined ? {} : { bank }),
    })
    return { record, crowd, pausesMs: time.pausesMs }
  } finally {
    stops.end()
    await client.close()
  }
}
