import { type Host, HostError } from './host.ts'

/** Reports why a command failed on stderr, and in the journal, where operators look for what happened. */
export async function report(
  { run }: Pick<Host, 'run'>,
  error: unknown,
  write: (text: string) => void = (text) => void process.stderr.write(text),
): Promise<void> {
  const words = wordsOf(error)
  write(`naru: ${words}\n`)
  await run('systemd-cat', ['--identifier=naru', '--priority=err'], { input: `${words}\n` })
}

/** Expected failures in one line, all others with where they come from. */
function wordsOf(error: unknown): string {
  if (error instanceof HostError) return error.message
  // The message of a failed query has its parameters, such as addresses and password hashes.
  if (error instanceof Error && 'params' in error) return `A query failed: ${wordsOf(error.cause)}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
