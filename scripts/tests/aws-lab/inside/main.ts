import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNetwork } from '../hosts/network.ts'
import { ROWS, runSteps, type Step } from '../run-steps.ts'
import { hideMachine } from '../sandbox.ts'
import { awsSteps, destroyStep } from './aws-steps.ts'
import { hostSteps } from './host-steps.ts'
import { saleSteps } from './sale-steps.ts'
import type { InsideSettings } from './settings.ts'
import { ADDRESSES, PREFIX, type State } from './state.ts'

const { env, stdout } = process
const settings = JSON.parse(process.argv[2] ?? '') as InsideSettings
const rows = createWriteStream('', { fd: ROWS })

await hideMachine(env)
const network = await createNetwork({ env, own: [`${ADDRESSES.aws}/${PREFIX}`], prefix: PREFIX })
const state: State = { settings, env, network, hosts: {}, instances: [] }
const steps: Step[] = [...awsSteps(state), ...hostSteps(state), ...saleSteps(state), destroyStep(state)]
await runSteps(steps, {
  met: settings.releases === undefined ? [] : ['releases'],
  deadlineMs: performance.now() + settings.limitMs,
  now: () => performance.now(),
  onRow: (row) => void rows.write(`${JSON.stringify(row)}\n`),
  onFailure: (_, lines) => void stdout.write(`${lines.map((line) => `    ${line}`).join('\n')}\n`),
})
await saveJournals(state)
await new Promise<void>((resolve) => rows.end(resolve))
// All that has been started ends with this process, which is the first of its namespace.
process.exit(0)

/** For the developer who investigates a failure: the hosts themselves are gone with the sandbox. */
async function saveJournals({ hosts, stores, settings: { logs } }: State): Promise<void> {
  for (const machine of [hosts.gateway, hosts.origin, stores]) {
    if (machine === undefined) continue
    const journal = machine.run('journalctl', 'journalctl --no-pager --lines=4000', 30_000)
    await journal.then((text) => writeFile(join(logs, `${machine.name}-journal.log`), text)).catch(() => {})
  }
}
