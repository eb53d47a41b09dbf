import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { Failure } from './failure.ts'
import { spawnGuarded } from './guarded.ts'
import { lastLinesOf } from './logs.ts'
import { describeExit } from './process.ts'
import { settles } from './wait.ts'

export type CommandOptions = {
  /** Its name in messages. */
  name: string
  command: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  cwd?: string | undefined
  timeoutMs: number
  /** What to do when it fails. */
  advice?: string | undefined
  /** How many of the last lines of output a failure shows. */
  linesMax?: number | undefined
  signal?: AbortSignal | undefined
}

const OUTPUT_LENGTH_MAX = 1024 * 1024
/** A daemon that the command has started may keep the pipe open indefinitely. */
const OUTPUT_END_MS = 2000

/**
 * Runs a command to its end and returns what it wrote to stdout.
 *
 * @throws Failure with the end of its output when it fails or takes too long; the signal's reason when aborted
 */
export async function runCommand(options: CommandOptions): Promise<string> {
  const { name, timeoutMs, advice, linesMax, signal } = options
  signal?.throwIfAborted()
  const guarded = spawnGuarded({ ...options, stdout: 'pipe', stderr: 'pipe' })
  let all = ''
  const collectAll = (chunk: string): void => {
    all = (all + chunk).slice(-OUTPUT_LENGTH_MAX)
  }
  let out = ''
  const closed = Promise.all([
    collect(guarded.child.stderr, collectAll),
    collect(guarded.child.stdout, (chunk) => {
      out = (out + chunk).slice(-OUTPUT_LENGTH_MAX)
      collectAll(chunk)
    }),
  ])
  const abort = (): void => guarded.signal('SIGTERM')
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const inTime = await settles(guarded.ended, timeoutMs)
    if (!inTime) guarded.signal('SIGKILL')
    const exit = await guarded.ended
    await settles(closed, OUTPUT_END_MS)
    guarded.child.stdout?.destroy()
    guarded.child.stderr?.destroy()
    await guarded.dispose()
    signal?.throwIfAborted()
    if (inTime && exit.code === 0) return out
    const why = inTime ? `ended ${describeExit(exit)}` : `was not done after ${timeoutMs / 1000} s`
    throw new Failure(`${name} ${why}`, {
      details: lastLinesOf(all, linesMax),
      advice,
    })
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** Hands on what a stream brings; resolves at its end. */
async function collect(stream: Readable | null, keep: (chunk: string) => void): Promise<void> {
  if (stream === null) return
  stream.setEncoding('utf8').on('data', keep)
  await once(stream, 'close')
}
