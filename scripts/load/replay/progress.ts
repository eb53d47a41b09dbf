import type { Crowd } from './crowd.ts'

/** The state of a replay. */
export type Progress = Pick<Crowd, 'arrived' | 'waiting' | 'active' | 'paid' | 'rejected' | 'errors'> & {
  elapsedMs: number
  fans: number
}

export type ProgressOutput = { write(text: string): unknown; isTTY?: boolean }

const PLAIN_EVERY_MS = 2000
const CLEAR_LINE = '\r\x1b[2K'

/** Shows progress in one updated line on a terminal, else in a line every two seconds. */
export function createProgressLine(out: ProgressOutput) {
  let shownMs = Number.NEGATIVE_INFINITY
  let last = ''
  return {
    show(progress: Progress): void {
      last = lineOf(progress)
      if (out.isTTY === true) {
        out.write(`${CLEAR_LINE}${last}`)
      } else if (progress.elapsedMs - shownMs >= PLAIN_EVERY_MS) {
        shownMs = progress.elapsedMs
        out.write(`${last}\n`)
      }
    },
    /** Leaves the last line on the terminal. */
    end(): void {
      if (last !== '') out.write(out.isTTY === true ? '\n' : `${last}\n`)
    },
  }
}

function lineOf(progress: Progress): string {
  const { elapsedMs, fans, arrived, waiting, active, paid, rejected, errors } = progress
  const seconds = (elapsedMs / 1000).toFixed(1).padStart(6)
  return (
    `${seconds} s  arrived ${arrived}/${fans}  waiting ${waiting}  active ${active}  ` +
    `paid ${paid}  rejected ${rejected}  errors ${errors}`
  )
}
