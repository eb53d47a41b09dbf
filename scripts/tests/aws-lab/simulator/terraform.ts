import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../../develop/stores/command.ts'

export type TerraformOptions = {
  env: NodeJS.ProcessEnv
  /** The program: terraform or tofu. */
  terraform: string
  /** A filesystem mirror of providers. */
  providers: string
  /** A translated copy of the module. */
  folder: string
  region: string
  variables: Readonly<Record<string, unknown>>
}

export type Terraform = {
  init(signal: AbortSignal): Promise<void>
  /** Returns the last line: how many resources were added, changed, destroyed. */
  apply(signal: AbortSignal, variables?: Readonly<Record<string, unknown>>): Promise<string>
  /** The addresses that a second plan would change. */
  planAgain(signal: AbortSignal): Promise<string[]>
  destroy(signal: AbortSignal): Promise<string>
  /** The value of an output that is text. */
  output(name: string, signal: AbortSignal): Promise<string>
  /** The addresses in the state. */
  state(signal: AbortSignal): Promise<string[]>
}

const INIT_MS = 2 * 60_000
const APPLY_MS = 6 * 60_000
const LINES_MAX = 60

/** Runs terraform on a folder, with its providers from the mirror and no network. */
export async function createTerraform(options: TerraformOptions): Promise<Terraform> {
  const { env, terraform, providers, folder, variables } = options
  const rc = join(folder, 'rehearsal.tfrc')
  await writeFile(
    rc,
    `provider_installation {\n  filesystem_mirror {\n    path = "${providers}"\n  }\n}\ndisable_checkpoint = true\n`,
  )
  const file = join(folder, 'rehearsal.auto.tfvars.json')
  await writeFile(file, JSON.stringify(variables))
  const credentials = { AWS_ACCESS_KEY_ID: 'simulated', AWS_SECRET_ACCESS_KEY: 'simulated' }
  const own = {
    ...env,
    ...credentials,
    TF_CLI_CONFIG_FILE: rc,
    TF_IN_AUTOMATION: '1',
    AWS_REGION: options.region,
  }
  function run(signal: AbortSignal, timeoutMs: number, ...args: string[]): Promise<string> {
    const name = `terraform ${args[0]}`
    return runCommand({
      name,
      command: terraform,
      args,
      env: own,
      cwd: folder,
      timeoutMs,
      signal,
      linesMax: LINES_MAX,
    })
  }
  return {
    async init(signal) {
      await run(signal, INIT_MS, 'init', '-no-color', '-input=false')
    },
    async apply(signal, changed = {}) {
      await writeFile(file, JSON.stringify({ ...variables, ...changed }))
      return summaryOf(await run(signal, APPLY_MS, 'apply', '-no-color', '-input=false', '-auto-approve'))
    },
    async planAgain(signal) {
      const plan = join(folder, 'again.plan')
      await run(signal, APPLY_MS, 'plan', '-no-color', '-input=false', `-out=${plan}`)
      const shown = await run(signal, INIT_MS, 'show', '-no-color', plan)
      return [...shown.matchAll(/^ {2}# (\S+) (?:will|must) be /gm)].flatMap(([, address = '']) => address)
    },
    async destroy(signal) {
      return summaryOf(await run(signal, APPLY_MS, 'destroy', '-no-color', '-input=false', '-auto-approve'))
    },
    output: (name, signal) => run(signal, INIT_MS, 'output', '-raw', name),
    async state(signal) {
      const output = await run(signal, INIT_MS, 'state', 'list')
      return output.split('\n').filter((line) => line !== '' && !line.startsWith('data.'))
    },
  }
}

function summaryOf(output: string): string {
  const lines = output.split('\n')
  return lines.find((line) => /^(Apply|Destroy) complete!/.test(line)) ?? lines.at(-1) ?? ''
}
