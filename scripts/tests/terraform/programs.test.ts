import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram } from '../../develop/stores/programs.ts'
import { translateModule } from '../aws-lab/translate-module.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MODULE = join(ROOT, 'terraform')
/** Where scripts/test-aws has put version 3.39 of the provider. */
const PROVIDERS = join(ROOT, '.data/aws-lab/providers')
const RELEASE = 'naru-1.0.0-0123456789ab-linux-x64.tar.gz'

const program = findProgram(['terraform', 'tofu'], process.env)
const hasProvider = existsSync(PROVIDERS)
if (program === undefined)
  console.warn('No terraform or tofu on PATH: format and tests of the module are skipped')
else if (!hasProvider) {
  console.warn(
    `No provider in ${PROVIDERS} (scripts/test-aws fetches it): the module's own tests are skipped`,
  )
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'naru-terraform-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

async function run(cwd: string, ...args: string[]): Promise<string> {
  const configuration = join(folder, 'terraform.rc')
  writeFileSync(
    configuration,
    `provider_installation {\n  filesystem_mirror {\n    path = "${PROVIDERS}"\n  }\n}\ndisable_checkpoint = true\n`,
  )
  const env = { ...process.env, TF_CLI_CONFIG_FILE: configuration, TF_IN_AUTOMATION: '1' }
  const { stdout } = await promisify(execFile)(program ?? '', args, { cwd, env }).catch((error: unknown) => {
    const output = error instanceof Error && 'stdout' in error ? `${error.stdout}` : ''
    throw new Error(`${args.join(' ')} failed: ${output}`, { cause: error })
  })
  return stdout
}

describe.skipIf(program === undefined)('terraform', () => {
  it('finds nothing to format in the module', async () => {
    expect(await run(MODULE, 'fmt', '-check', '-diff', '-recursive')).toBe('')
  })

  it.skipIf(!hasProvider)(
    'passes the tests of the module, translated for a provider that is at hand',
    { timeout: 300_000 },
    async () => {
      const copy = join(folder, 'copy')
      translateModule(MODULE, copy, 'http://127.0.0.1:9')
      writeFileSync(join(copy, 'tests', RELEASE), 'a release')
      await run(copy, 'init', '-no-color', '-input=false')
      await run(copy, 'validate', '-no-color')
      expect(await run(copy, 'test', '-no-color')).toMatch(/Success! \d\d passed, 0 failed\./)
    },
  )
})
