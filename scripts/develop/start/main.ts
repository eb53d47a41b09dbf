import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { foldersOf } from './folders.ts'
import { buildPrograms } from './programs.ts'
import { createSteps } from './steps.ts'
import { type Part, up } from './up.ts'

const { env, stdout } = process
const { NO_COLOR = '' } = env
const { values } = parseArgs({
  options: {
    fresh: { type: 'boolean', default: false },
    'redis-pair': { type: 'boolean', default: false },
  },
})
const asked = new AbortController()
const parts: Part[] = []

/** The first signal stops everything in order, the second immediately; the guards end whatever is left. */
function onSignal(): void {
  if (asked.signal.aborted) {
    for (const part of parts) part.kill()
    process.exit(130)
  }
  asked.abort()
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal)
stdout.on('error', () => {}) // the terminal is gone; what runs is stopped all the same

const status = await up({
  env,
  folders: foldersOf(fileURLToPath(new URL('../../..', import.meta.url))),
  fresh: values.fresh,
  redisPair: values['redis-pair'],
  build: buildPrograms,
  steps: createSteps(stdout, NO_COLOR === '', asked.signal),
  asked: asked.signal,
  parts,
})
process.exit(status)
