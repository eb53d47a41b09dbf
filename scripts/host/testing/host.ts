import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryFolder } from '../../develop/stores/testing.ts'
import { type Host, hostPaths, type Run, type RunResult, runProgram } from '../system/host.ts'
import { KEY_MAKERS, makePrivateKey, publicHalfOf } from '../system/keys.ts'
import { environmentText } from '../system/service-environment.ts'

/** What a version does that is started, unless it becomes ready. */
type Failing = { status: string; log: string }

/**
 * A host in a folder of its own. Its systemd is simulated: units become ready when they are started, unless they are
 * among `failing`. Other programs are the real ones.
 */
export function makeTestHost() {
  const paths = hostPaths(temporaryFolder())
  const { run, ...systemd } = simulateSystemd()
  const printed: string[] = []

  /** Writes a file below the host's `/etc/naru`. */
  function configure(path: string, text: string): void {
    const file = join(paths.etc, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  const host: Host = { paths, run, print: (line) => void printed.push(line) }
  return {
    host,
    paths,
    printed,
    ...systemd,
    configure,
    /** Makes it a host of the gateway, with everything that is required. */
    configureGateway(more: Record<string, string> = {}): void {
      const publicKey = publicHalfOf(makePrivateKey())
      const variables = {
        GATEWAY_PUBLIC_URL: 'https://tickets.example.org',
        REDIS_URL: 'redis://127.0.0.1:2',
        ORIGIN_URL: 'http://127.0.0.1:8081',
        SESSION_PUBLIC_KEYS: publicKey,
        ...Object.fromEntries(Object.entries(KEY_MAKERS.gateway).map(([name, make]) => [name, make()])),
        ...more,
      }
      configure('gateway.env', environmentText(variables))
    },
  }
}

function simulateSystemd() {
  const running = new Set<string>()
  const enabled = new Set<string>()
  const failing = new Map<string, Failing>()
  /** What was done to units, in order. */
  const done: string[] = []
  const failed = new Map<string, Failing>()

  const verbs: Record<string, (units: readonly string[]) => RunResult> = {
    'daemon-reload': () => ok(),
    enable(units) {
      for (const unit of units) enabled.add(unit)
      return ok()
    },
    start: (units) => all(units, startUnit),
    restart: (units) => all(units, startUnit),
    stop(units) {
      for (const unit of units) running.delete(unit)
      return ok()
    },
    'is-active': ([unit = '']) => (running.has(unit) ? ok() : { ...ok(), status: 3 }),
    show([unit = '']) {
      const { status = '' } = failed.get(unit) ?? {}
      const state = running.has(unit) ? 'active' : 'failed'
      const invocation = running.has(unit) || failed.has(unit) ? unit : ''
      return ok(`ActiveState=${state}\nStatusText=${status}\nResult=timeout\nInvocationID=${invocation}\n`)
    },
    'list-units': ([pattern = '']) => {
      const [before = '', after = ''] = pattern.split('*')
      const units = [...running].filter((unit) => unit.startsWith(before) && unit.endsWith(after))
      return ok(units.map((unit) => `${unit} loaded active running A service\n`).join(''))
    },
  }

  function startUnit(unit: string): RunResult {
    const failure = failing.get(unit)
    if (failure === undefined) {
      running.add(unit)
      return ok()
    }
    running.delete(unit)
    failed.set(unit, failure)
    return { status: 1, stdout: '', stderr: `Job for ${unit} failed.` }
  }

  const run: Run = async (command, args, options) => {
    if (command === 'systemd-cat') return ok()
    if (command === 'journalctl') {
      const unit = args[0]?.split('INVOCATION_ID=')[1] ?? ''
      return ok(failed.get(unit)?.log ?? '')
    }
    if (command !== 'systemctl') return await runProgram(command, args, options)
    const [verb = '', ...rest] = args
    const units = rest.filter((arg) => !arg.startsWith('-'))
    if (verb !== 'show' && verb !== 'list-units' && verb !== 'is-active')
      done.push([verb, ...units].join(' '))
    // As on a host, a unit can be asked about before it has begun.
    if (verb === 'start' || verb === 'restart') await new Promise((resolve) => setImmediate(resolve))
    return verbs[verb]?.(units) ?? { status: 1, stdout: '', stderr: `Unknown command verb ${verb}` }
  }
  return { run, running, enabled, failing, done }
}

const ok = (stdout = ''): RunResult => ({ status: 0, stdout, stderr: '' })

function all(units: readonly string[], start: (unit: string) => RunResult): RunResult {
  return units.map(start).find(({ status }) => status !== 0) ?? ok()
}
