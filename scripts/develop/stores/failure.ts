/** An error message for people: what failed, why, and what to do about it. */
export class Failure extends Error {
  /** The last lines of a log, or of a command's output. */
  readonly details: readonly string[]
  readonly advice: string | undefined

  constructor(
    message: string,
    { details = [], advice }: { details?: readonly string[]; advice?: string | undefined } = {},
  ) {
    super(message)
    this.name = 'Failure'
    this.details = details
    this.advice = advice
  }

  /** All of it, as lines to print. */
  lines(): string[] {
    return [
      this.message,
      ...this.details.map((line) => `  | ${line}`),
      ...(this.advice === undefined ? [] : [this.advice]),
    ]
  }
}

/** Anything thrown, as lines to print; the stack only of unexpected errors. */
export function failureLines(error: unknown): string[] {
  if (error instanceof Failure) return error.lines()
  return String(error instanceof Error ? (error.stack ?? error.message) : error).split('\n')
}
