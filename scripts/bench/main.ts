import { type Bench, readArguments, USAGE } from './arguments.ts'
import { benchClaim } from './claim.ts'
import { benchEnter } from './enter.ts'
import { benchPoll } from './poll.ts'
import { divideCores } from './processes.ts'
import { type Figure, toLine, toTable } from './report.ts'
import type { BenchOptions } from './stage.ts'

const { env, stdout, stderr } = process
const RUN: Record<Bench, (options: BenchOptions) => Promise<Figure[]>> = {
  poll: benchPoll,
  enter: benchEnter,
  claim: benchClaim,
}

const given = readArguments(process.argv.slice(2))
if (given === undefined) {
  stderr.write(`${USAGE}\n`)
  process.exitCode = 2
} else {
  const { benches, seconds, runs } = given
  const cores = divideCores()
  const pinned =
    cores === undefined
      ? 'not bound to cores'
      : `server on core ${cores.server}, load on core ${cores.client}`
  for (const bench of benches) {
    try {
      const figures = await RUN[bench]({ seconds, runs, cores, env })
      for (const figure of figures) stdout.write(`${toLine(figure)}\n`)
      stderr.write(toTable(`${bench}: ${runs} runs of ${seconds} s in turn, ${pinned}`, figures))
    } catch (error) {
      stderr.write(
        `${bench} could not be measured: ${error instanceof Error ? error.stack : String(error)}\n`,
      )
      process.exitCode = 1
    }
  }
}
