import * as z from 'zod'
import { flag, number, oneOf, option, readOptions, usageOf, WrongUsage } from '../../operate/read-options.ts'
import { GROUPS, GROUPS_OF, type Group } from './fault.ts'
import { REDIS_KINDS, type RedisKind } from './redis.ts'

const FANS_PER_SECOND = 10
const BANK_PERCENT = 20
const SEED_MAX = 0xffff_ffff

const GroupsSchema = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(oneOf(GROUPS)))

const COMMAND = {
  start: 'npm run chaos --',
  about: `Sells to a crowd while processes are killed, stores are lost and connections are cut, then checks that all that
fans were told is so. Brings a whole system of its own, and removes it again.`,
  options: z.object({
    seed: option(
      'S',
      'a whole number that fixes which faults come when (a random one is drawn and printed otherwise)',
      number({ min: 0, max: SEED_MAX }).optional(),
    ),
    minutes: option(
      'M',
      'how long fans arrive and faults come, 0.2 to 60; starting and draining come on top',
      number({ min: 0.2, max: 60, decimals: 3 }).default(1),
    ),
    fans: option(
      'N',
      '1 to 100000; by default ten for each second',
      number({ min: 1, max: 100_000 }).optional(),
    ),
    bank: option(
      'P',
      "how many of a hundred payments are at the sandbox's bank, with every ending, 0 to 100",
      number({ min: 0, max: 100 }).default(BANK_PERCENT),
    ),
    only: option(
      'GROUPS',
      `only faults of these, separated by commas:\n${GROUPS.join(', ')}`,
      GroupsSchema.optional(),
    ),
    redis: option(
      'KIND',
      `${REDIS_KINDS.join(', ')}: by default one that those groups can happen to, as the seed decides`,
      oneOf(REDIS_KINDS).optional(),
    ),
    plan: flag('print the schedule of the seed and do nothing else'),
    json: flag('the report as one line for machines; the timeline goes to standard error'),
  }),
  more: 'The same seed makes the same schedule; what meets what is up to real time and differs.',
  exit: `Exit status: 0 everything held, 1 something is broken, 2 wrong usage, 3 it could not be run, 130 after Ctrl-C.`,
}
export const USAGE = usageOf(COMMAND)

export type Arguments = {
  seed: number
  minutes: number
  fans: number
  bankShare: number
  /** The groups of faults that this kind of Redis supports. */
  groups: readonly Group[]
  redis: RedisKind
  plan: boolean
  json: boolean
}

/**
 * Parses the command line. Throws `WrongUsage`.
 *
 * @param random - returns a number in [0, 1), for a seed when none is given
 */
export function readArguments(args: readonly string[], random: () => number): Arguments | 'help' {
  const read = readOptions(COMMAND, args)
  if (read === 'help') return read
  const { seed = Math.floor(random() * SEED_MAX), minutes, only, redis: kind, plan, json } = read.options
  const { fans = Math.round(minutes * 60 * FANS_PER_SECOND) } = read.options
  const redis = chooseRedis(seed, kind, only)
  const bankShare = read.options.bank / 100
  return { seed, minutes, fans, bankShare, groups: only ?? GROUPS_OF[redis], redis, plan, json }
}

/** The Redis of a run: the requested one, or else one of those that support all of the groups. */
function chooseRedis(
  seed: number,
  kind: RedisKind | undefined,
  wanted: readonly Group[] | undefined,
): RedisKind {
  const known = kind === undefined ? REDIS_KINDS : [kind]
  const able = known.filter((each) => (wanted ?? []).every((group) => GROUPS_OF[each].includes(group)))
  const chosen = able[seed % Math.max(1, able.length)]
  if (chosen !== undefined) return chosen
  throw new WrongUsage(`No ${kind ?? 'one'} Redis can have all of --only ${wanted?.join(',')}`)
}
