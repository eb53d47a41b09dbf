import * as z from 'zod'
import { flag, number, option, readOptions, usageOf } from '../read-options.ts'

const COMMAND = {
  start: 'npm run reconcile --',
  about: `Compares the payment provider's ledger with payments and orders. Repairs what has one right outcome (finishes,
refunds, releases), lists the rest with the reason. May run at any time, beside origins that do the same.`,
  options: z.object({
    hours: option(
      'N',
      'charges of the last N hours are compared; unfinished payments and cancellations of any age are',
      number({ min: 1, max: 87_600 }).default(168),
    ),
    'rest-seconds': option(
      'N',
      'unfinished payments and cancellations younger than N seconds are still under way and left alone',
      number({ min: 0, max: 3600 }).default(60),
    ),
    json: flag('a line of JSON for each finding, for machines'),
  }),
  exit: 'Exit status: 0 nothing is left open, 1 something is, 2 wrong usage, 3 a store could not be read.',
}
export const USAGE = usageOf(COMMAND)

export type Arguments = z.infer<typeof COMMAND.options>

/** Parses the command line. Throws `WrongUsage`. */
export function readArguments(args: readonly string[]): Arguments | 'help' {
  const read = readOptions(COMMAND, args)
  return read === 'help' ? read : read.options
}
