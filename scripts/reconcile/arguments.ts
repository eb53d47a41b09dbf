import { parseArgs } from 'node:util'

export const USAGE = `Compares the payment provider's ledger with payments and orders. Repairs what has one right outcome (finishes,
refunds, releases), lists the rest with the reason. May run at any time, beside origins that do the same.

  npm run reconcile -- [--hours N] [--json]

  --hours N   charges of the last N hours are compared (168); unfinished payments and cancellations of any age are
  --json      a line of JSON for each finding, for machines

Exit status: 0 nothing is left open, 1 something is, 2 wrong usage, 3 a store could not be read.`

export type Arguments = { hours: number; json: boolean }

/** Arguments that make no sense; the message says which. */
export class WrongUsage extends Error {}

const HOURS_MAX = 87_600

/** What the command line asks for. Throws `WrongUsage`. */
export function readArguments(args: string[]): Arguments | 'help' {
  const { hours, json, help } = parse(args)
  if (help) return 'help'
  if (!/^\d{1,5}$/.test(hours) || Number(hours) < 1 || Number(hours) > HOURS_MAX) {
    throw new WrongUsage(`--hours must be a whole number from 1 to ${HOURS_MAX}`)
  }
  return { hours: Number(hours), json }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        hours: { type: 'string', default: '168' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error))
  }
}
