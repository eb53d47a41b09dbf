import { rmSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { testPrograms } from '../../develop/start/testing.ts'
import { failureLines } from '../../develop/stores/failure.ts'
import { makePrivateFolder } from '../../develop/stores/private-folder.ts'
import { buildReport, formatText } from './report.ts'
import { runChaos } from './run.ts'
import type { Planned } from './schedule.ts'

const SEED = 1
const LASTS_MS = 18_000
const FANS = 180
const COLLECTORS = 5
const DRAIN_MS = 180_000
const TIMEOUT_MS = 300_000

/** One of each family, chosen by hand: a seed's choice changes with the list. */
const SCHEDULE: readonly Planned[] = [
  {
    atMs: 1500,
    fault: {
      group: 'origin',
      kind: 'origin killed at a step',
      origin: 0,
      step: 'after the charge',
      nth: 1,
      forMs: 6000,
    },
  },
  {
    atMs: 3500,
    fault: {
      group: 'provider',
      kind: 'provider losing answers',
      dials: { loseAnswerShare: 0.7 },
      forMs: 3000,
    },
  },
  { atMs: 7500, fault: { group: 'redis', kind: 'redis restarted', forMs: 500 } },
  {
    atMs: 10_500,
    fault: {
      group: 'connections',
      kind: 'connections cut half-way',
      link: 'mysql',
      share: 0.05,
      forMs: 3000,
    },
  },
  {
    atMs: 11_500,
    fault: {
      group: 'origin',
      kind: 'origin killed at a step',
      origin: 1,
      step: 'before the acknowledgement',
      nth: 1,
      forMs: 6000,
    },
  },
]

it('loses nothing in a short run: every reply that fans received is true', {
  timeout: TIMEOUT_MS,
}, async () => {
  const folder = makePrivateFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const lines: string[] = []
  const result = await runChaos({
    env: process.env,
    seed: SEED,
    lastsMs: LASTS_MS,
    fans: FANS,
    collectors: COLLECTORS,
    maxActive: 120,
    graceSeconds: 60,
    thinkMs: 0,
    bankShare: 0.2,
    drainMs: DRAIN_MS,
    schedule: SCHEDULE,
    redis: 'single',
    origins: 2,
    gateways: 1,
    folder,
    programs: testPrograms(),
    say: (line, atMs) => lines.push(`${atMs === undefined ? '' : (atMs / 1000).toFixed(1)} ${line}`),
    signal: controller.signal,
  }).catch((error: unknown) => {
    // Includes the log of any process that could not be started.
    throw new Error([...lines, ...failureLines(error)].join('\n'), { cause: error })
  })
  const report = buildReport({ seed: SEED, minutes: LASTS_MS / 60_000, redis: 'single' }, result)
  expect(report.holds, `${lines.join('\n')}\n${formatText(report)}`).toBe(true)
  expect(report.fans).toBe(FANS)
  expect(Object.keys(report.bankEndings).length).toBeGreaterThan(1)
  expect(report.faults).toMatchObject({
    'origin killed at a step': { done: 2, missed: 0 },
    'provider losing answers': { done: 1 },
    'redis restarted': { done: 1 },
    'connections cut half-way': { done: 1 },
  })
})
