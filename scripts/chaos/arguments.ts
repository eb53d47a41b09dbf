import { parseArgs } from 'node:util'
import { GROUPS, GROUPS_OF, type Group } from './fault.ts'
import { REDIS_KINDS, type RedisKind } from './redis.ts'

export const USAGE = `Sells to a crowd while processes are killed, stores are lost and connections are cut, then checks that all that
fans were told is so. Brings a whole system of its own, and removes it again.

  npm run chaos -- [--seed S] [--minutes M] [--fans N] [--only GROUPS] [--redis KIND] [--json]

  --seed S        a whole number that fixes which faults come when (a random one is drawn and printed otherwise)
  --minutes M     how long fans arrive and faults come, 0.2 to 60 (1); starting and draining come on top
  --fans N        1 to 100000; by default ten for each second
  --only GROUPS   only faults of these, separated by commas: ${GROUPS.join(', ')}
  --redis KIND    ${REDIS_KINDS.join(', ')}: by default one that those groups can happen to, as the seed decides
  --plan          print the schedule of the seed and do nothing else
  --json          the report as one line for machines; the timeline goes to standard error

The same seed makes the same schedule; what meets what is up to real time and differs.

Exit status: 0 everything held, 1 something is broken, 2 wrong usage, 3 it could not be run, 130 after Ctrl-C.`

export type Arguments = {
  seed: number
  minutes: number
  fans: number
  /** Those that can happen to this kind of Redis. */
  groups: readonly Group[]
  redis: RedisKind
  plan: boolean
  json: boolean
}

/** Arguments that make no sense; the message says which. */
export class WrongUsage extends Error {}

const FANS_PER_SECOND = 10
const FANS_MAX = 100_000
const SEED_MAX = 0xffff_ffff
const MINUTES = { min: 0.2, max: 60 }

/**
 * What the command line asks for. Throws `WrongUsage`.
 *
 * @param random - gives a number in [0, 1), for a seed when none is given
 */
export function readArguments(args: string[], random: () => number): Arguments | 'help' {
  const { seed: asked, minutes, fans, only, redis: kind, plan, json, help } = parse(args)
  if (help) return 'help'
  const lasts = readMinutes(minutes)
  const seed =
    asked === undefined ? Math.floor(random() * SEED_MAX) : wholeNumber('--seed', asked, 0, SEED_MAX)
  const wanted = only?.split(',').map(readGroup)
  const redis = chooseRedis(seed, kind, wanted)
  return {
    seed,
    minutes: lasts,
    fans:
      fans === undefined
        ? Math.round(lasts * 60 * FANS_PER_SECOND)
        : wholeNumber('--fans', fans, 1, FANS_MAX),
    groups: wanted ?? GROUPS_OF[redis],
    redis,
    plan,
    json,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seed: { type: 'string' },
        minutes: { type: 'string', default: '1' },
        fans: { type: 'string' },
        only: { type: 'string' },
        redis: { type: 'string' },
        plan: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error))
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new WrongUsage(`${name} must be a whole number from ${min} to ${max}, not "${text}"`)
}

function readMinutes(text: string): number {
  const value = /^\d{1,2}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (value >= MINUTES.min && value <= MINUTES.max) return value
  throw new WrongUsage(`--minutes must be a number from ${MINUTES.min} to ${MINUTES.max}, not "${text}"`)
}

function readGroup(text: string): Group {
  const group = GROUPS.find((each) => each === text)
  if (group !== undefined) return group
  throw new WrongUsage(`--only takes ${GROUPS.join(', ')}, not "${text}"`)
}

/** Which Redis a run has: the one that is asked for, or else one of those that all of the groups can happen to. */
function chooseRedis(
  seed: number,
  kind: string | undefined,
  wanted: readonly Group[] | undefined,
): RedisKind {
  const known = kind === undefined ? REDIS_KINDS : REDIS_KINDS.filter((each) => each === kind)
  if (known.length === 0) throw new WrongUsage(`--redis takes ${REDIS_KINDS.join(', ')}, not "${kind}"`)
  const able = known.filter((each) => (wanted ?? []).every((group) => GROUPS_OF[each].includes(group)))
  const chosen = able[seed % Math.max(1, able.length)]
  if (chosen !== undefined) return chosen
  throw new WrongUsage(`No ${kind ?? 'one'} Redis can have all of --only ${wanted?.join(',')}`)
}
