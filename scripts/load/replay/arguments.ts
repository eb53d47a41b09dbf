import * as z from 'zod'
import { flag, number, option, readOptions, usageOf } from '../../operate/read-options.ts'

const COMMAND = {
  start: 'npm run replay --',
  about:
    'Replays a recorded sale against a running system: every fan enters, waits, buys and checks what they own.',
  argument: {
    name: '<csv>',
    about: 'arrivals in each second, with the columns second,reservations',
    ask: 'Which recorded sale? Name its CSV file',
    one: 'One CSV file at a time',
  },
  options: z.object({
    times: option('K', 'K fans for each one recorded, 1 to 1000', number({ min: 1, max: 1000 }).default(1)),
    gateway: option(
      'URL',
      'default: GATEWAY_URL, else the system that scripts/up has started',
      z.string().optional(),
    ),
    festival: option('ID', 'default: the first one whose room is open', z.string().optional()),
    seed: option(
      'S',
      'a whole number that fixes arrivals and choices',
      number({ min: 0, max: 0xffff_ffff }).default(1),
    ),
    bank: option(
      'P',
      "how many of a hundred payments are at the sandbox's bank, with every ending, 0 to 100",
      number({ min: 0, max: 100 }).default(0),
    ),
    'failover-at': option(
      'S',
      'let the Redis of scripts/up --redis-pair fail over S seconds from the start, 1 to 3600',
      number({ min: 1, max: 3600 }).optional(),
    ),
    json: flag('print one JSON object instead of the table'),
    'fans-max': option(
      'N',
      'concurrent fans; later ones arrive late',
      number({ min: 1, max: 1_000_000 }).default(20_000),
    ),
    'minutes-max': option(
      'N',
      'fans who are not done by then leave',
      number({ min: 1, max: 1440 }).default(15),
    ),
    connections: option('N', 'connections to the gateway', number({ min: 1, max: 20_000 }).default(8192)),
    remote: flag('allow a gateway that is not on this machine'),
  }),
  exit: `Exit status: 0; 1 when a fan saw an error that is not theirs; 2 when the replay could not start; 130 after Ctrl-C.`,
}
export const USAGE = usageOf(COMMAND)

export type ReplayArguments = {
  csvPath: string
  times: number
  gatewayUrl: string | undefined
  festival: string | undefined
  seed: number
  bankShare: number
  failOverAtMs: number | undefined
  json: boolean
  remote: boolean
  fansMax: number
  runMsMax: number
  connectionsMax: number
}

/** Parses the command line. Throws `WrongUsage`. */
export function readArguments(args: readonly string[]): ReplayArguments | 'help' {
  const read = readOptions(COMMAND, args)
  if (read === 'help') return read
  const { options, argument } = read
  const { times, festival, seed, json, remote } = options
  const failOverAt = options['failover-at']
  return {
    ...{ csvPath: argument, times, gatewayUrl: options.gateway, festival, seed, json, remote },
    bankShare: options.bank / 100,
    failOverAtMs: failOverAt === undefined ? undefined : failOverAt * 1000,
    fansMax: options['fans-max'],
    runMsMax: options['minutes-max'] * 60_000,
    connectionsMax: options.connections,
  }
}
