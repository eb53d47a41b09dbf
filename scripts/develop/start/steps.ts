/** Prints one line a step with the time it took. */
export type Steps = {
  /** Does the work and prints its line. `say` replaces the title once more is known. */
  run<T>(title: string, work: (say: (title: string) => void) => Promise<T>): Promise<T>
  /** A line that is no step. */
  print(line: string): void
}

export type StepsOutput = { write(text: string): unknown; isTTY?: boolean }

const TITLE_WIDTH = 54
const MARKS = { done: '✓', failed: '✗', stopped: '–' } as const
const COLOURS = { done: 32, failed: 31, stopped: 33 } as const

/**
 * @param colour - whether to use colours; only on a terminal
 * @param stopped - aborted when the user has asked to stop, which is not a step's failure
 */
export function createSteps(out: StepsOutput, colour: boolean, stopped?: AbortSignal): Steps {
  const terminal = out.isTTY === true

  function end(how: keyof typeof MARKS, title: string, beganMs: number): void {
    const seconds = ((performance.now() - beganMs) / 1000).toFixed(1)
    const mark = colour && terminal ? `\x1b[${COLOURS[how]}m${MARKS[how]}\x1b[0m` : MARKS[how]
    out.write(
      `${terminal ? CLEAR_LINE : ''}  ${mark} ${title.padEnd(TITLE_WIDTH)} ${seconds.padStart(7)} s\n`,
    )
  }

  return {
    async run(title, work) {
      const beganMs = performance.now()
      let current = title
      const say = (text: string): void => {
        current = text
        if (terminal) out.write(`${CLEAR_LINE}  … ${text}`)
      }
      say(title)
      try {
        const result = await work(say)
        end('done', current, beganMs)
        return result
      } catch (error) {
        end(stopped?.aborted === true ? 'stopped' : 'failed', current, beganMs)
        throw error
      }
    },
    print(line) {
      out.write(`${line}\n`)
    },
  }
}

const CLEAR_LINE = '\r\x1b[2K'
