import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildPrograms } from '../../develop/start/programs.ts'
import { Failure, failureLines } from '../../develop/stores/failure.ts'
import { makePrivateFolder } from '../../develop/stores/private-folder.ts'
import { runCommand } from '../../operate/read-options.ts'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { describeFault } from './fault.ts'
import { buildReport, formatJson, formatText } from './report.ts'
import { runChaos } from './run.ts'
import { drawSchedule } from './schedule.ts'

const BROKEN = 1
const NOT_RUN = 3
const INTERRUPTED = 130
const ORIGINS = 2
const GATEWAYS = 2
/** Few enough that the room's limit is reached. */
const HABITS = { maxActive: 60, graceSeconds: 20, thinkMs: 600 }
const DRAIN_MS = 180_000
const COLLECTORS_SHARE = 0.05

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort(new Failure('Interrupted')))
}

process.exit(await runCommand(USAGE, (args) => readArguments(args, Math.random), chaos))

async function chaos(given: Arguments): Promise<number> {
  const { seed, minutes, fans, bankShare, groups, redis, json } = given
  const out = json ? process.stderr : process.stdout
  const say = (line: string, atMs: number | undefined) => {
    out.write(`${(atMs === undefined ? '' : (atMs / 1000).toFixed(1)).padStart(7)}  ${line}\n`)
  }
  const lastsMs = minutes * 60_000
  const counts = { origins: ORIGINS, gateways: GATEWAYS }
  const schedule = drawSchedule({ seed, lastsMs, groups, ...counts })
  say(`seed ${seed}, ${minutes} min, Redis ${redis}, ${schedule.length} faults`, undefined)
  if (given.plan) {
    for (const { atMs, fault } of schedule) say(describeFault(fault), atMs)
    return 0
  }
  const folder = makePrivateFolder()
  const { signal } = interrupted
  try {
    const programs = join(folder, 'programs')
    await buildPrograms(programs)
    const sale = { seed, lastsMs, fans, bankShare, ...HABITS, schedule, drainMs: DRAIN_MS }
    const collectors = Math.ceil(fans * COLLECTORS_SHARE)
    const options = { env: process.env, redis, ...sale, collectors, ...counts, folder, programs, say, signal }
    const report = buildReport({ seed, minutes, redis }, await runChaos(options))
    process.stdout.write(json ? formatJson(report) : formatText(report))
    if (report.holds) rmSync(folder, { recursive: true, force: true })
    else sayWhere(folder)
    return report.holds ? 0 : BROKEN
  } catch (error) {
    if (signal.aborted) {
      rmSync(folder, { recursive: true, force: true })
      return INTERRUPTED
    }
    process.stderr.write(`${failureLines(error).join('\n')}\n`)
    sayWhere(folder)
    return NOT_RUN
  }
}

function sayWhere(folder: string): void {
  process.stderr.write(`The logs are in ${join(folder, 'logs')}, what the stores had in ${folder}\n`)
}
