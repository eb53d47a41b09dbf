import { parseArgs } from 'node:util'

/** They take the whole machine, and so come before those that divide its cores, which lasts as long as the process. */
export const ON_ALL_CORES = ['settle', 'sale'] as const
/** Measured in turn with their baselines, by `all` too. */
const RATES = [...ON_ALL_CORES, 'page', 'poll', 'enter', 'claim', 'hold'] as const
/** Each plays one long scene. */
const SCENES = ['crowd', 'steer'] as const
export const BENCHES = [...RATES, ...SCENES] as const
export type Bench = (typeof BENCHES)[number]

const USUAL_SECONDS: Record<Bench, number> = {
  ...{ settle: 3, sale: 3, page: 3, poll: 3, enter: 3, claim: 3, hold: 3 },
  ...{ crowd: 120, steer: 20 },
}
const RUNS = 5
const FANS = 20_000
const SECONDS_MAX = 600
const RUNS_MAX = 50
const FANS_MAX = 100_000

export const USAGE = `Measures the gateway and the origin on this machine, beside a baseline measured in the same run.

  npm run bench -- page|poll|enter|claim|hold|settle|sale|all [--seconds N] [--runs N]
  npm run bench -- crowd [--fans N] [--seconds N]
  npm run bench -- steer [--seconds N]

  page, poll, enter, claim   what one core of the gateway does in a second
  hold                 what one core of the origin does in a second
  settle               orders that become durable in MySQL in a second
  sale                 whole purchases in a second, with everything on this machine, and what each costs
  crowd                fans who follow one room, each at the pace that the status asks for
  steer                an origin that is slowed down by force, and how many are called meanwhile

  --seconds N   how long each measurement takes, or each phase of steer (1 to ${SECONDS_MAX}; default
                ${USUAL_SECONDS.poll}, crowd ${USUAL_SECONDS.crowd}, steer ${USUAL_SECONDS.steer})
  --runs N      how often each is taken (1 to ${RUNS_MAX}; default ${RUNS})
  --fans N      how many follow the room (1 to ${FANS_MAX}; default ${FANS})

One JSON line per figure goes to stdout, a table for people to stderr. Figures are reported, not judged.
Exit status: 0; 1 when something could not be measured; 2 for arguments that make no sense.`

/** `runs` says nothing about a scene, nor `fans` about anything but the crowd. */
export type BenchArguments = {
  benches: readonly { bench: Bench; seconds: number }[]
  runs: number
  fans: number
}

/** Reads the command line; undefined when it makes no sense. */
export function readArguments(argv: readonly string[]): BenchArguments | undefined {
  try {
    const options = {
      seconds: { type: 'string' },
      runs: { type: 'string', default: String(RUNS) },
      fans: { type: 'string', default: String(FANS) },
    } as const
    const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options })
    const names = positionals[0] === 'all' ? RATES : BENCHES.filter((name) => name === positionals[0])
    if (positionals.length !== 1 || names.length === 0) return undefined
    const benches = names.flatMap((bench) => {
      const seconds = wholeNumber(values.seconds ?? String(USUAL_SECONDS[bench]), SECONDS_MAX)
      return seconds === undefined ? [] : [{ bench, seconds }]
    })
    const runs = wholeNumber(values.runs, RUNS_MAX)
    const fans = wholeNumber(values.fans, FANS_MAX)
    if (benches.length === 0 || runs === undefined || fans === undefined) return undefined
    return { benches, runs, fans }
  } catch {
    return undefined
  }
}

function wholeNumber(text: string, max: number): number | undefined {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0
  return value >= 1 && value <= max ? value : undefined
}
