import { parseArgs } from 'node:util'

export const BENCHES = ['poll', 'enter', 'claim'] as const
export type Bench = (typeof BENCHES)[number]

export const USAGE = `Measures the gateway on this machine, beside a baseline measured in the same run.

  npm run bench -- poll|enter|claim|all [--seconds N] [--runs N]

  --seconds N   how long each measurement takes (1 to 60; default 3)
  --runs N      how often each is taken (1 to 50; default 5)

One JSON line per figure goes to stdout, a table for people to stderr. Figures are reported, not judged.
Exit status: 0; 1 when something could not be measured; 2 for arguments that make no sense.`

export type BenchArguments = { benches: readonly Bench[]; seconds: number; runs: number }

/** Reads the command line; undefined when it makes no sense. */
export function readArguments(argv: readonly string[]): BenchArguments | undefined {
  try {
    const options = {
      seconds: { type: 'string', default: '3' },
      runs: { type: 'string', default: '5' },
    } as const
    const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options })
    const benches = positionals[0] === 'all' ? BENCHES : BENCHES.filter((name) => name === positionals[0])
    const seconds = wholeNumber(values.seconds, 60)
    const runs = wholeNumber(values.runs, 50)
    if (positionals.length !== 1 || benches.length === 0) return undefined
    return seconds === undefined || runs === undefined ? undefined : { benches, seconds, runs }
  } catch {
    return undefined
  }
}

function wholeNumber(text: string, max: number): number | undefined {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0
  return value >= 1 && value <= max ? value : undefined
}
