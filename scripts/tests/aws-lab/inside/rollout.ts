import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Machine } from '../hosts/machine.ts'
import type { Release } from '../releases.ts'
import type { Instance } from '../simulator/instances.ts'
import type { Simulator } from '../simulator/simulator.ts'
import { made, NAME, type State } from './state.ts'

const DocumentSchema = z.object({ Content: z.string() })
const ContentSchema = z.object({
  mainSteps: z.array(
    z.object({
      name: z.string(),
      action: z.literal('aws:runShellScript'),
      inputs: z.object({ timeoutSeconds: z.coerce.number(), runCommand: z.array(z.string()) }),
    }),
  ),
})
const SCRIPTS = 'var/lib/rehearsal-agent'

/** Does on a host what the SSM agent does for an association: runs the document's steps, and stops at one that fails. */
export async function runDocument(
  simulator: Simulator,
  machine: Machine,
  role: Instance['role'],
  action: 'rollout' | 'fetch' = 'rollout',
): Promise<void> {
  const answer = await simulator.ask('ssm', 'get-document', '--name', `${NAME}-rollout-${role}`)
  const { mainSteps } = ContentSchema.parse(JSON.parse(DocumentSchema.parse(answer).Content))
  await mkdir(join(machine.root, SCRIPTS), { recursive: true })
  for (const { name, inputs } of mainSteps) {
    const script = inputs.runCommand.join('\n').replaceAll('{{ action }}', action)
    await writeFile(join(machine.root, SCRIPTS, name), `${script}\n`)
    await machine.run(`Document ${role}, ${name}`, `sh /${SCRIPTS}/${name}`, inputs.timeoutSeconds * 1000)
  }
}

/**
 * Applies the module with another release, then rolls it out as the associations do: origins first, then gateways, which
 * have fetched it before.
 */
export async function rollOut(state: State, release: Release, signal: AbortSignal): Promise<void> {
  const [simulator, terraform] = [made(state.simulator, 'simulated AWS'), made(state.terraform, 'terraform')]
  const { origin, gateway } = state.hosts
  await terraform.apply(signal, { release_file: release.file })
  await runDocument(simulator, made(origin, 'origin'), 'origin')
  signal.throwIfAborted()
  await runDocument(simulator, made(gateway, 'gateway'), 'gateway', 'fetch')
  signal.throwIfAborted()
  await runDocument(simulator, made(gateway, 'gateway'), 'gateway')
}

/** What `naru health` says of a host. Throws when a service is not ready. */
export function readHealth(machine: Machine): Promise<string> {
  return machine.run('naru health', '/opt/naru/current/bin/naru health', 30_000)
}
