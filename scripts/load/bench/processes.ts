import { execFileSync, fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The functions that a child process offers, by name. Inputs and outputs are sent as JSON. */
export type Calls = Record<string, (input: never) => Promise<unknown>>

export type Child<C extends Calls> = {
  pid: number
  call<K extends keyof C & string>(name: K, input: Parameters<C[K]>[0]): Promise<Awaited<ReturnType<C[K]>>>
  stop(): void
}

type Question = { id: number; name: string; input: never }
type Answer = { id: number; output?: unknown; error?: string }

/** The cores of server and load; undefined where processes cannot be bound to cores. */
export type Cores = { server: number; client: number } | undefined

const TASKSET = '/usr/bin/taskset'
const CLOCK_TICKS_PER_SECOND = 100

/**
 * Reserves a core for the server. This process and those it starts by default, Redis above all, are bound to the
 * others.
 */
export function divideCores(): Cores {
  if (!existsSync(TASKSET) || !existsSync('/proc/self/status')) return undefined
  const [server, ours, client = ours] = allowedCores(readFileSync('/proc/self/status', 'utf8'))
  if (server === undefined || ours === undefined || client === undefined) return undefined
  bindToCore(process.pid, ours)
  return { server, client }
}

/** The cores that /proc/self/status allows, as in `0-3,7`. */
export function allowedCores(status: string): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number)
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, i) => from + i)
  })
}

/** A command line that runs on one core. */
export function onCore(core: number | undefined, command: string, args: readonly string[]) {
  if (core === undefined) return { command, args: [...args] }
  return { command: TASKSET, args: ['-c', String(core), command, ...args] }
}

/** Binds all threads of a running process. */
export function bindToCore(pid: number, core: number): void {
  execFileSync(TASKSET, ['-acp', String(core), String(pid)], { stdio: 'ignore' })
}

/** Starts a module of this folder in a separate process, which ends with this one. */
export function startChild<C extends Calls>(module: string, core: number | undefined): Child<C> {
  const { command, args } = onCore(core, process.execPath, [])
  const path = fileURLToPath(new URL(module, import.meta.url))
  const child = fork(path, { execPath: command, execArgv: args })
  const waiting = new Map<number, { resolve: (output: never) => void; reject: (error: Error) => void }>()
  let lastId = 0
  child.on('message', ({ id, output, error }: Answer) => {
    const question = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) question?.resolve(output as never)
    else question?.reject(new Error(`${module}: ${error}`))
  })
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`${module} has ended`))
  })
  if (child.pid === undefined) throw new Error(`${module} could not be started`)
  return {
    pid: child.pid,
    call(name, input) {
      lastId += 1
      const id = lastId
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        child.send({ id, name, input })
      })
    },
    stop: () => void child.kill(),
  }
}

/** The child's side: responds to the starter's requests, and ends with it. */
export function answerCalls(calls: Calls): void {
  process.on('message', ({ id, name, input }: Question) => {
    void (async () => {
      const answer: Answer = { id }
      try {
        answer.output = await calls[name]?.(input)
      } catch (error) {
        answer.error = error instanceof Error ? (error.stack ?? error.message) : String(error)
      }
      process.send?.(answer)
    })()
  })
  process.once('disconnect', () => process.exit())
}

/** Current and peak memory of a process, in bytes; undefined where /proc does not report it. */
export function memoryOf(pid: number): { nowBytes: number; peakBytes: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const bytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
    return { nowBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') }
  } catch {
    return undefined
  }
}

/** The limit on open files, and so connections, of a process like this one; Node raises it to the maximum by itself. */
export function openFilesMax(): number {
  const limits = existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : ''
  const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
}

/** Processor time used by a process, or undefined where /proc does not report it. */
export function cpuSecondsOf(pid: number): number | undefined {
  try {
    // proc(5): fields 14 and 15, counted from the state that follows the name in parentheses.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND
  } catch {
    return undefined
  }
}
