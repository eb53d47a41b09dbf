import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { RUSH, seeFirst } from '../../tests/browser/first-view.ts'
import { startTestSystem } from '../../tests/e2e/system.ts'
import { findBrowser } from '../browsers/find.ts'
import { launchBrowser } from '../browsers/launch.ts'
import { buildPrograms } from '../start/programs.ts'
import { createSteps } from '../start/steps.ts'
import { installingStep } from '../start/stores.ts'
import { startDatabase } from '../stores/database.ts'
import { failureLines } from '../stores/failure.ts'
import { findStores } from '../stores/find.ts'
import { makePrivateFolder } from '../stores/private-folder.ts'
import { startRedis } from '../stores/redis.ts'
import { takeImages } from './images.ts'
import { renderReadmeImages } from './readme-images.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { nameOf, VARIANTS, type Variant } from './scenarios/variants.ts'
import { setUpScenarios } from './scenarios.ts'

const USAGE = `Takes images of every page, as a phone and a desktop show it, light and dark, in Korean and English.

  npm run screenshots -- [FOLDER]     into FOLDER (.data/screenshots), which is emptied first
  --only WORD                         the pages and looks whose names have the word
  --readme                            only the images of README.md, into scripts/docs/images`

const README_FOLDER = fileURLToPath(new URL('../../docs/images', import.meta.url))

const PHONE: Variant = { device: 'phone', scheme: 'light', language: 'ko' }
const TITLE_WIDTH = 20

const { env, stdout } = process
const { NO_COLOR = '' } = env

type Options = { folder: string; only: string; readme: boolean }

/** Runs a system of its own, on stores of its own, for as long as it takes. */
async function takeAll({ folder, only, readme }: Options): Promise<void> {
  const steps = createSteps(stdout, NO_COLOR === '')
  const installing = installingStep(steps)
  const chromium = await findBrowser({ env, installing })
  await findStores({ env: { ...env, REDIS_URL: '', DATABASE_URL: '' }, installing })
  const ends: (() => Promise<void>)[] = []
  try {
    const system = await steps.run('Stores and services', async () => {
      const redis = await startRedis({ env })
      ends.push(redis.stop)
      const database = await startDatabase({ env, durable: false })
      ends.push(database.stop)
      const programs = makePrivateFolder()
      ends.push(async () => rmSync(programs, { recursive: true }))
      await buildPrograms(programs)
      return startTestSystem({ redisUrl: redis.url, databaseUrl: database.url, programs })
    })
    ends.push(system.stop)
    const browser = await launchBrowser(chromium)
    ends.push(() => browser.close())
    const scenarios = await steps.run('Festivals and people', () => setUpScenarios({ system, browser }))
    if (readme) {
      await steps.run('Images of README.md', () =>
        renderReadmeImages(browser, scenarios, { ...system, folder: README_FOLDER }),
      )
      return
    }
    rmSync(folder, { recursive: true, force: true })
    for (const variant of VARIANTS) {
      const wanted = scenarios.filter(({ name }) => `${name} ${nameOf(variant)}`.includes(only))
      if (wanted.length === 0) continue
      const title = `${wanted.length} pages, ${nameOf(variant)}`
      await steps.run(title, () => takeImages(browser, wanted, { ...system, variant, folder }))
    }
    const views = scenarios.filter(({ name }) => RUSH.includes(name) && name.includes(only))
    if (views.length > 0) {
      const paints = await steps.run('First paint on a slow phone network', () =>
        paintsOf(
          views,
          async (view) => (await seeFirst(browser, view, { ...system, variant: PHONE })).paintMs,
        ),
      )
      steps.print(`\n${paints.join('\n')}`)
    }
    steps.print(`\nThe images are in ${folder}`)
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}

async function paintsOf(
  views: readonly Scenario[],
  measure: (view: Scenario) => Promise<number>,
): Promise<string[]> {
  const lines: string[] = []
  for (const view of views) {
    lines.push(
      `  ${view.name.padEnd(TITLE_WIDTH)} ${String(await measure(view)).padStart(6)} ms until the first paint`,
    )
  }
  return lines
}

const { values, positionals } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    readme: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
if (values.help) {
  stdout.write(`${USAGE}\n`)
} else {
  try {
    const folder = resolve(positionals[0] ?? '.data/screenshots')
    await takeAll({ folder, only: values.only, readme: values.readme })
  } catch (error) {
    stdout.write(`\n${failureLines(error).join('\n')}\n`)
    process.exitCode = 1
  }
}
