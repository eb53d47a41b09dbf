import * as z from 'zod'
import { flag, number, option, readOptions, usageOf } from '../read-options.ts'

const COMMAND = {
  start: 'npm run audit --',
  about: `Checks the invariants of a running system, in MySQL, Redis and the payment provider's ledger. Only reads.`,
  options: z.object({
    festival: option('ID', 'only this one; otherwise all of them', z.string().optional()),
    wait: option(
      'SECONDS',
      'how long to wait for payments in flight to end; then they are allowed for',
      number({ min: 0, max: 3600 }).default(10),
    ),
    json: flag('the report for machines'),
  }),
  exit: 'Exit status: 0 all hold, 1 one is broken, 2 wrong usage, 3 a store could not be read.',
}
export const USAGE = usageOf(COMMAND)

export type Arguments = { festival?: string | undefined; waitSeconds: number; json: boolean }

/** Parses the command line. Throws `WrongUsage`. */
export function readArguments(args: readonly string[]): Arguments | 'help' {
  const read = readOptions(COMMAND, args)
  if (read === 'help') return read
  const { wait, ...rest } = read.options
  return { waitSeconds: wait, ...rest }
}
