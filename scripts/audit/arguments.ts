import { parseArgs } from 'node:util'

export const USAGE = `Checks the invariants of a running system, in MySQL, Redis and the payment provider's ledger. Only reads.

  npm run audit -- [--festival ID] [--wait SECONDS] [--json]

  --festival ID    only this one; otherwise all of them
  --wait SECONDS   how long to wait for payments in flight to end (10); then they are allowed for
  --json           the report for machines

Exit status: 0 all hold, 1 one is broken, 2 wrong usage, 3 a store could not be read.`

export type Arguments = { festival?: string; waitSeconds: number; json: boolean }

/** Arguments that make no sense; the message says which. */
export class WrongUsage extends Error {}

const WAIT_SECONDS_MAX = 3600

/** What the command line asks for. Throws `WrongUsage`. */
export function readArguments(args: string[]): Arguments | 'help' {
  const { festival, wait, json, help } = parse(args)
  if (help) return 'help'
  if (!/^\d{1,4}$/.test(wait) || Number(wait) > WAIT_SECONDS_MAX) {
    throw new WrongUsage(`--wait must be a whole number of seconds from 0 to ${WAIT_SECONDS_MAX}`)
  }
  return { waitSeconds: Number(wait), json, ...(festival === undefined ? {} : { festival }) }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        festival: { type: 'string' },
        wait: { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error))
  }
}
