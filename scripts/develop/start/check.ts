import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBrowser } from '../browsers/find.ts'
import { findWebKit, WEBKIT_MISSING } from '../browsers/find-engines.ts'
import { runCommand } from '../stores/command.ts'
import { failureLines } from '../stores/failure.ts'
import { findStores } from '../stores/find.ts'
import { createSteps, type Steps } from './steps.ts'
import { installingStep } from './stores.ts'

const TIMEOUT_MS = 10 * 60_000
const LINES_MAX = 400

const CHECKS = [
  {
    title: 'Format, lint, import directions (biome)',
    command: 'biome',
    args: ['check', '--error-on-warnings', '.'],
    advice: 'npm run format mends what can be fixed by itself.',
  },
  {
    title: 'Unused files, exports and packages (knip)',
    command: 'knip',
    args: ['--no-progress'],
    advice: 'Nothing imports what is listed: delete it, or the word export before it.',
  },
  { title: 'Types (tsc)', command: 'tsc', args: ['--pretty', 'false'], advice: undefined },
  {
    title: 'Types of what runs in browsers (tsc)',
    command: 'tsc',
    args: ['--pretty', 'false', '-p', 'gateway/web/browser.tsconfig.json'],
    advice: undefined,
  },
]

/** What `scripts/test` checks before the tests: that their dependencies exist, and that the sources are valid. */
async function check(root: string, env: NodeJS.ProcessEnv, steps: Steps): Promise<void> {
  // The tests create and drop databases: never in a store that is in use.
  await findStores({ env: { ...env, REDIS_URL: '', DATABASE_URL: '' }, installing: installingStep(steps) })
  await findBrowser({ env, installing: installingStep(steps) })
  if ((await findWebKit({ env, installing: installingStep(steps) })) === undefined)
    stdout.write(`\n${WEBKIT_MISSING}\n\n`)
  for (const { title, command, args, advice } of CHECKS) {
    await steps.run(title, () =>
      runCommand({
        name: title,
        command: join(root, 'node_modules/.bin', command),
        args,
        env,
        cwd: root,
        timeoutMs: TIMEOUT_MS,
        linesMax: LINES_MAX,
        advice,
      }),
    )
  }
}

const { env, stdout } = process
const { NO_COLOR = '' } = env
try {
  await check(fileURLToPath(new URL('../../..', import.meta.url)), env, createSteps(stdout, NO_COLOR === ''))
} catch (error) {
  stdout.write(`\n${failureLines(error).join('\n')}\n`)
  process.exitCode = 1
}
