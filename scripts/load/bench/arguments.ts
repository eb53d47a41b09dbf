import * as z from 'zod'
import { number, option, readOptions, usageOf, WrongUsage } from '../../operate/read-options.ts'

/** These use all cores, and so run before those that bind processes to cores, which lasts as long as the process. */
export const ON_ALL_CORES = ['settle', 'sale'] as const
/** Measured in turn with their baselines, also by `all`. */
const RATES = [...ON_ALL_CORES, 'page', 'poll', 'enter', 'claim', 'hold'] as const
/** Each runs one long scenario. */
const SCENARIOS = ['crowd', 'control'] as const
const BENCHES = [...RATES, ...SCENARIOS] as const
export type Bench = (typeof BENCHES)[number]

const USUAL_SECONDS: Record<Bench, number> = {
  ...{ settle: 3, sale: 3, page: 3, poll: 3, enter: 3, claim: 3, hold: 3 },
  ...{ crowd: 120, control: 20 },
}

const COMMAND = {
  start: 'npm run bench --',
  about:
    'Measures the gateway and the origin on this machine, in comparison with a baseline measured in the same run.',
  argument: {
    name: '<bench>',
    about: `page, poll,
enter, claim   what one core of the gateway does in a second
hold           what one core of the origin does in a second
settle         orders that become durable in MySQL in a second
sale           whole purchases in a second, with everything on this machine, and what each costs
crowd          fans who follow one room, each at the pace that the status asks for
control          an origin that is slowed down by force, and how many are called meanwhile
all            each of these but crowd and control`,
    ask: 'What is to be measured?',
    one: 'One at a time, or all',
  },
  options: z.object({
    seconds: option(
      'N',
      `how long each measurement takes, or each phase of control, 1 to 600
(default ${USUAL_SECONDS.poll}, crowd ${USUAL_SECONDS.crowd}, control ${USUAL_SECONDS.control})`,
      number({ min: 1, max: 600 }).optional(),
    ),
    runs: option('N', 'how often each is taken, 1 to 50', number({ min: 1, max: 50 }).default(5)),
    fans: option(
      'N',
      'how many follow the room of crowd, 1 to 100000',
      number({ min: 1, max: 100_000 }).default(20_000),
    ),
  }),
  more: `One JSON line per figure goes to stdout, a table for people to stderr. Stats are reported, not judged.`,
  exit: 'Exit status: 0; 1 when something could not be measured; 2 for arguments that make no sense.',
}
export const USAGE = usageOf(COMMAND)

/** `runs` does not apply to a scenario, nor `fans` to anything but the crowd. */
export type BenchArguments = {
  benches: readonly { bench: Bench; seconds: number }[]
  runs: number
  fans: number
}

/** Parses the command line. Throws `WrongUsage`. */
export function readArguments(args: readonly string[]): BenchArguments | 'help' {
  const read = readOptions(COMMAND, args)
  if (read === 'help') return read
  const { argument, options } = read
  const names = argument === 'all' ? RATES : BENCHES.filter((name) => name === argument)
  if (names.length === 0) throw new WrongUsage(`"${argument}" is no bench`)
  const { seconds, ...rest } = options
  return { benches: names.map((bench) => ({ bench, seconds: seconds ?? USUAL_SECONDS[bench] })), ...rest }
}
