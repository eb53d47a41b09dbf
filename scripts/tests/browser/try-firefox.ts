import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFirefox } from '../../develop/browsers/find-firefox.ts'
import { foldersOf } from '../../develop/start/folders.ts'
import { createSteps } from '../../develop/start/steps.ts'
import { installingStep } from '../../develop/start/stores.ts'
import { failureLines } from '../../develop/stores/failure.ts'
import { findStores } from '../../develop/stores/find.ts'

/** AttemptLimitsByKind the paths of fans, staff and organisers in Firefox: npm run firefox */
async function tryFirefox(): Promise<number> {
  const { env, stdout } = process
  const { NO_COLOR = '' } = env
  const { root, data } = foldersOf(fileURLToPath(new URL('../../..', import.meta.url)))
  const installing = installingStep(createSteps(stdout, NO_COLOR === ''))
  await findStores({ env: { ...env, REDIS_URL: '', DATABASE_URL: '' }, installing })
  const { browser, driver } = await findFirefox({ env, installing, folder: data })
  const vitest = spawn(
    join(root, 'node_modules/.bin/vitest'),
    ['run', '--config=scripts/tests/config/firefox.config.ts'],
    {
      env: { ...env, FIREFOX_PATH: browser, GECKODRIVER_PATH: driver },
      cwd: root,
      stdio: 'inherit',
    },
  )
  const [code] = await once(vitest, 'exit')
  return typeof code === 'number' ? code : 1
}

try {
  process.exitCode = await tryFirefox()
} catch (error) {
  process.stdout.write(`\n${failureLines(error).join('\n')}\n`)
  process.exitCode = 1
}
