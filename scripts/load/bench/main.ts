import { runCommand } from '../../operate/read-options.ts'
import { type Bench, type BenchArguments, ON_ALL_CORES, readArguments, USAGE } from './arguments.ts'
import { benchClaim } from './claim.ts'
import { benchControl } from './control.ts'
import { benchCrowd } from './crowd.ts'
import { benchEnter } from './enter.ts'
import { benchHold } from './hold.ts'
import { benchPage } from './page.ts'
import { benchPoll } from './poll.ts'
import { type Cores, divideCores } from './processes.ts'
import { type Figure, toLine, toTable } from './report.ts'
import { benchSale } from './sale.ts'
import { benchSettle } from './settle.ts'
import type { BenchOptions } from './setup.ts'

const { env, stdout, stderr } = process
const write = (line: string) => void stderr.write(`${line}\n`)

process.exitCode = await runCommand(USAGE, readArguments, measure)

async function measure({ benches, runs, fans }: BenchArguments): Promise<number> {
  let status = 0
  const onAllCores: readonly Bench[] = ON_ALL_CORES
  let cores: Cores
  const RUN: Record<Bench, { how: string; run: (options: BenchOptions) => Promise<Figure[]> }> = {
    page: { how: `${runs} runs`, run: benchPage },
    poll: { how: `${runs} runs`, run: benchPoll },
    enter: { how: `${runs} runs`, run: benchEnter },
    claim: { how: `${runs} runs`, run: benchClaim },
    hold: { how: `${runs} runs`, run: benchHold },
    settle: { how: `${runs} runs`, run: benchSettle },
    sale: { how: `${runs} runs`, run: benchSale },
    crowd: { how: 'one run', run: (options) => benchCrowd(options, fans) },
    control: { how: 'phases', run: (options) => benchControl(options, write) },
  }
  for (const { bench, seconds } of benches) {
    const { how, run } = RUN[bench]
    if (!onAllCores.includes(bench)) cores ??= divideCores()
    const pinned =
      cores === undefined
        ? 'not bound to cores'
        : `server on core ${cores.server}, load on core ${cores.client}`
    try {
      const stats = await run({ seconds, runs, cores, env })
      for (const figure of stats) stdout.write(`${toLine(figure)}\n`)
      stderr.write(toTable(`${bench}: ${how} of ${seconds} s, ${pinned}`, stats))
    } catch (error) {
      write(`${bench} could not be measured: ${error instanceof Error ? error.stack : String(error)}`)
      status = 1
    }
  }
  return status
}
