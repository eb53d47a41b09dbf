import { z } from 'zod'
import { failureLines } from '../../develop/stores/failure.ts'
import { settles } from '../../develop/stores/wait.ts'

type Verdict = 'passed' | 'failed' | 'not run'

export const RowSchema = z.object({
  title: z.string(),
  seconds: z.number(),
  verdict: z.enum(['passed', 'failed', 'not run'] satisfies Verdict[]),
  note: z.string(),
})
export type Row = z.infer<typeof RowSchema>

/** The file descriptor on which rows leave the sandbox, each as a line of JSON. */
export const ROWS = 3

export type Step = {
  name: string
  title: string
  /** The names of earlier steps without which this one means nothing. */
  needs?: readonly string[]
  limitSeconds: number
  /** Returns what the table shows beside the verdict. A step that throws has failed. */
  run(signal: AbortSignal): Promise<string>
}

export type RunOptions = {
  /** The names of needs that have been met before. */
  met?: readonly string[]
  /** No step begins after this, in milliseconds of `now`. */
  deadlineMs: number
  now: () => number
  onBegin?: (step: Step) => void
  onRow: (row: Row) => void
  /** Receives the whole text of a failure, of which the row has the first line. */
  onFailure: (step: Step, lines: readonly string[]) => void
}

/** After its limit, a step is told to stop and waited for this long. */
const STOPPING_MS = 10_000

/**
 * Runs the steps in order. A step whose needs have not passed is not run, and says so: nothing passes that has not
 * been tried. Returns whether all of them passed.
 */
export async function runSteps(steps: readonly Step[], options: RunOptions): Promise<boolean> {
  const { deadlineMs, now, onBegin, onRow, met = [] } = options
  const passed = new Set<string>(met)
  for (const step of steps) {
    const missing = step.needs?.filter((name) => !passed.has(name)) ?? []
    const beganMs = now()
    const whyNot =
      missing.length > 0 ? `needs ${missing.join(', ')}` : beganMs >= deadlineMs ? 'out of time' : ''
    if (whyNot !== '') {
      onRow({ title: step.title, seconds: 0, verdict: 'not run', note: whyNot })
      continue
    }
    onBegin?.(step)
    const outcome = await runOne(step, options)
    if (outcome.verdict === 'passed') passed.add(step.name)
    onRow({ title: step.title, seconds: (now() - beganMs) / 1000, ...outcome })
  }
  return passed.size === met.length + steps.length
}

async function runOne(step: Step, { onFailure }: RunOptions): Promise<Pick<Row, 'verdict' | 'note'>> {
  const stop = new AbortController()
  const work = step.run(stop.signal)
  try {
    if (
      !(await settles(
        work.catch(() => {}),
        step.limitSeconds * 1000,
      ))
    ) {
      stop.abort(new Error(`was not done after ${step.limitSeconds} s`))
      await settles(
        work.catch(() => {}),
        STOPPING_MS,
      )
      stop.signal.throwIfAborted()
    }
    return { verdict: 'passed', note: await work }
  } catch (error) {
    const lines = failureLines(error)
    onFailure(step, lines)
    return { verdict: 'failed', note: lines[0] ?? 'no reason given' }
  }
}

const TITLE_WIDTH = 76
const MARKS: Record<Verdict, string> = { passed: '✓', failed: '✗', 'not run': '–' }

/** One line of the table. */
export function formatRow({ title, seconds, verdict, note }: Row): string {
  const time = verdict === 'not run' ? '' : `${seconds.toFixed(1)} s`
  return `  ${MARKS[verdict]} ${title.padEnd(TITLE_WIDTH)} ${time.padStart(8)}  ${verdict.padEnd(7)}  ${note}`.trimEnd()
}

/** The last line: how many steps have which verdict. */
export function formatTotals(rows: readonly Row[]): string {
  const count = (verdict: Verdict): number => rows.filter((row) => row.verdict === verdict).length
  return `${count('passed')} passed, ${count('failed')} failed, ${count('not run')} not run`
}
