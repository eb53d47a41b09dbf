import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { runCommand } from '../../../develop/stores/command.ts'
import { Failure } from '../../../develop/stores/failure.ts'
import type { Release } from '../releases.ts'
import type { Step } from '../run-steps.ts'
import { readInventory } from '../simulator/inventory.ts'
import { createKeyValueStore } from '../simulator/key-value-store.ts'
import { type Simulator, startSimulator } from '../simulator/simulator.ts'
import { createTerraform } from '../simulator/terraform.ts'
import { ADDRESSES, KEY_VALUE_STORE_PORT, made, NAME, REGION, type State } from './state.ts'
import { STEPS } from './titles.ts'

const TRANSLATE_MS = 30_000

export function awsSteps(state: State): Step[] {
  return [
    {
      ...{ name: 'simulator', title: STEPS.simulator, limitSeconds: 90 },
      run: async (signal) => {
        const { env, settings } = state
        const { python, aws } = settings.tools
        const options = { env, python, aws, folder: settings.logs, address: ADDRESSES.aws, region: REGION }
        state.simulator = await startSimulator(options, signal)
        state.proofs = createKeyValueStore()
        state.proofs.server.listen(KEY_VALUE_STORE_PORT, ADDRESSES.aws)
        return ''
      },
    },
    {
      ...{ name: 'apply', title: STEPS.apply, needs: ['simulator', 'releases'], limitSeconds: 420 },
      run: async (signal) => {
        const { env, settings } = state
        const { endpoint, missing } = made(state.simulator, 'simulated AWS')
        const folder = join(settings.run, 'module')
        await translate(state, folder, endpoint, signal)
        const { terraform, providers } = settings.tools
        const variables = {
          region: REGION,
          name: NAME,
          on_destroy: 'delete',
          release_file: first(state).file,
        }
        state.terraform = await createTerraform({
          env,
          terraform,
          providers,
          folder,
          region: REGION,
          variables,
        })
        await state.terraform.init(signal)
        const summary = await state.terraform.apply(signal)
        const unknown = await missing()
        if (unknown.length > 0)
          throw new Failure('The simulator does not implement all of it', { details: unknown })
        return summary
      },
    },
    {
      ...{ name: 'plan', title: STEPS.plan, needs: ['apply'], limitSeconds: 300 },
      run: async (signal) => {
        const changed = await made(state.terraform, 'terraform').planAgain(signal)
        if (changed.length > 0) throw new Failure(`It changes ${changed.join(', ')}`)
        return 'no changes'
      },
    },
  ]
}

const NamesSchema = z.array(z.string())
/** As many as SSM takes at a time. */
const NAMES_MAX = 10

/** Removes the keys that hosts have put into Parameter Store, as terraform/README.md says. Returns how many. */
async function removeKeys({ ask }: Simulator): Promise<number> {
  const query = ['--recursive', '--path', `/${NAME}`, '--query', 'Parameters[].Name']
  const names = NamesSchema.parse(await ask('ssm', 'get-parameters-by-path', ...query))
  for (let from = 0; from < names.length; from += NAMES_MAX) {
    await ask('ssm', 'delete-parameters', '--names', ...names.slice(from, from + NAMES_MAX))
  }
  return names.length
}

export function destroyStep(state: State): Step {
  return {
    ...{ name: 'destroy', title: STEPS.destroy, needs: ['simulator', 'releases'], limitSeconds: 420 },
    run: async (signal) => {
      const terraform = made(state.terraform, 'terraform')
      await deleteMasterSecret(state)
      const summary = await terraform.destroy(signal)
      const inState = await terraform.state(signal)
      if (inState.length > 0) throw new Failure(`The state still has ${inState.join(', ')}`)
      const removed = await removeKeys(made(state.simulator, 'simulated AWS'))
      const left = await readInventory(made(state.simulator, 'simulated AWS'))
      if (left.length > 0) throw new Failure(`Left in the simulated AWS: ${left.join(', ')}`)
      return `${summary} ${removed} parameters of the hosts removed by the command of terraform/README.md`
    },
  }
}

/** RDS deletes it with the database. */
async function deleteMasterSecret({ simulator, masterSecret }: State): Promise<void> {
  if (masterSecret === undefined) return
  const which = ['--secret-id', masterSecret, '--force-delete-without-recovery']
  await simulator?.ask('secretsmanager', 'delete-secret', ...which)
}

/** By a process of its own: the program is the terraform tests' too. */
async function translate(
  { env, settings }: State,
  to: string,
  endpoint: string,
  signal: AbortSignal,
): Promise<void> {
  const program = join(settings.root, 'scripts/tests/aws-lab/translate-module.ts')
  const from = join(settings.root, 'terraform')
  for (const needed of [program, from]) {
    if (!existsSync(needed)) throw new Failure(`This checkout has no ${needed}`)
  }
  const command = { command: process.execPath, args: [program, from, to, endpoint] }
  await runCommand({ name: 'translate-module', ...command, env, timeoutMs: TRANSLATE_MS, signal })
}

function first(state: State): Release {
  return made(state.settings.releases, 'release').first
}
