import { setTimeout as sleep } from 'node:timers/promises'
import { HostError, type Run, type ServiceName } from './host.ts'

/** One version of a service, as systemd runs it. */
export const unitOf = (service: ServiceName, version: string) => `naru-${service}@${version}.service`
export const socketOf = (service: ServiceName) => `naru-${service}.socket`
/** The unit that starts the current version with the host. */
export const anchorOf = (service: ServiceName) => `naru-${service}.service`

/** Longer than a service may take to become ready (`TimeoutStartSec`) and to drain (`TimeoutStopSec`). */
const SYSTEMCTL_TIMEOUT_MS = 300_000
const STATUS_EVERY_MS = 500
const LOG_LINES_MAX = 20

export type UnitState = { active: string; status: string; result: string; invocation: string }
export type Started = { status: 'ready' } | { status: 'failed'; reason: string }

export type Systemd = ReturnType<typeof createSystemd>

/** What the host program asks of systemd. */
export function createSystemd(run: Run) {
  const systemctl = createSystemctl(run)
  const { must } = systemctl
  return {
    show: (unit: string) => show(systemctl, unit),
    begin: (verb: 'start' | 'restart', unit: string) => begin(systemctl, verb, unit),
    reload: () => must('daemon-reload'),
    stop: (unit: string) => must('stop', unit),
    enable: (...units: string[]) => must('enable', '--quiet', ...units),
    start: (unit: string) => must('start', unit),
    startLater: (unit: string) => must('start', '--no-block', unit),
    isActive: async (unit: string) => (await systemctl.attempt('is-active', '--quiet', unit)).status === 0,
    /** The versions of a service that run or are being started. */
    async versions(service: ServiceName): Promise<string[]> {
      const states = '--state=active,activating,reloading,deactivating'
      const list = await must('list-units', states, '--plain', '--no-legend', '--full', unitOf(service, '*'))
      const names = list.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '')
      const [before, after] = unitOf(service, '\0').split('\0')
      return names.flatMap((name) =>
        before !== undefined && after !== undefined && name.startsWith(before) && name.endsWith(after)
          ? [name.slice(before.length, -after.length)]
          : [],
      )
    },
  }
}

type Systemctl = ReturnType<typeof createSystemctl>

function createSystemctl(run: Run) {
  const attempt = (...args: string[]) => run('systemctl', args, { timeoutMs: SYSTEMCTL_TIMEOUT_MS })
  return {
    run,
    attempt,
    /** Throws when the command fails. */
    async must(...args: string[]): Promise<string> {
      const { status, stdout, stderr } = await attempt(...args)
      if (status === 0) return stdout
      throw new HostError(`systemctl ${args.join(' ')} failed: ${stderr.trim().replaceAll('\n', '; ')}`)
    },
  }
}

async function show({ must }: Systemctl, unit: string): Promise<UnitState> {
  const names = 'ActiveState,StatusText,Result,InvocationID'
  const text = await must('show', unit, `--property=${names}`)
  const values = new Map(
    text.split('\n').map((line) => {
      const [name = '', ...value] = line.split('=')
      return [name, value.join('=')] as const
    }),
  )
  const of = (name: string) => values.get(name) ?? ''
  return {
    active: of('ActiveState'),
    status: of('StatusText'),
    result: of('Result'),
    invocation: of('InvocationID'),
  }
}

/** Starts or restarts a service and waits until it is ready; says why where it does not become so. */
async function begin(systemctl: Systemctl, verb: 'start' | 'restart', unit: string): Promise<Started> {
  // A unit that fails is started again at once, which clears its status: the last one is remembered.
  let last: UnitState | undefined
  // The unit may be looked at before it begins: what ran until then is not what fails.
  const { invocation: before } = await show(systemctl, unit)
  const begun = systemctl.attempt(verb, unit)
  const ended = new AbortController()
  const watching = watch(ended.signal, async () => {
    const state = await show(systemctl, unit)
    if (state.invocation === '' || state.invocation === before) return
    if (state.status !== '' || last === undefined) last = state
  })
  const { status } = await begun
  ended.abort()
  await watching
  if (status === 0) return { status: 'ready' }
  const ending = await show(systemctl, unit)
  const { result } =
    [ending, last].find((state) => state !== undefined && state.result !== 'success') ?? ending
  return { status: 'failed', reason: await reasonOf(systemctl.run, unit, { ...(last ?? ending), result }) }
}

async function reasonOf(run: Run, unit: string, { status, result, invocation }: UnitState): Promise<string> {
  const lines = invocation === '' ? [] : await logOf(run, invocation)
  const words = [
    result === 'timeout' ? 'it was not ready in time' : `it ended (${result})`,
    ...(status === '' ? [] : [status]),
    ...lines.slice(-3),
  ]
  return `${unit}: ${words.join('; ')}`
}

/** The last messages of one run of a unit that are warnings or worse, or no log lines of ours. */
async function logOf(run: Run, invocation: string): Promise<string[]> {
  const match = `_SYSTEMD_INVOCATION_ID=${invocation}`
  const { stdout } = await run('journalctl', [
    match,
    `--lines=${LOG_LINES_MAX}`,
    '--output=cat',
    '--no-pager',
  ])
  const lines = stdout.split('\n').map((line) => line.trim())
  return withoutTrace(lines).flatMap((line) => (line === '' ? [] : messageOf(line)))
}

/**
 * Of an uncaught error only what it says. Before it, Node prints where it was thrown and the line of source, which in a
 * release is as long as a whole file; after it, the stack.
 */
function withoutTrace(lines: readonly string[]): string[] {
  const place = lines.findLastIndex((line) => /^(?:file:\/\/)?\/\S+:\d+$/.test(line))
  const report = place === -1 ? lines : lines.slice(place + 2)
  return report.filter((line) => !/^(?:\^+$|at |Node\.js v\d)/.test(line))
}

async function watch(signal: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await look()
    await sleep(STATUS_EVERY_MS, undefined, { signal }).catch(() => {})
  }
}

/** Of a JSON log line its message, unless it is only information; any other line as it is. */
function messageOf(line: string): string[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return [line]
  }
  if (typeof parsed !== 'object' || parsed === null) return [line]
  const { level, msg, err } = parsed as { level?: unknown; msg?: unknown; err?: { message?: unknown } }
  const isInformation = typeof level === 'number' ? level < 40 : level === 'info' || level === 'debug'
  if (isInformation || typeof msg !== 'string') return []
  return [typeof err?.message === 'string' ? `${msg}: ${err.message}` : msg]
}
