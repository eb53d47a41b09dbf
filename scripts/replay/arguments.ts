import { parseArgs } from 'node:util'
import { ReplayRefused } from './refused.ts'

export const USAGE = `Replays a recorded sale against a running system: every fan enters, waits, buys and checks what they own.

  npm run replay -- <csv> [--times K] [--gateway URL] [--festival ID] [--seed S] [--failover-at S] [--json]

  <csv>             arrivals in each second, with the columns second,reservations
  --times K         K fans for each one recorded (1 to 1000; default 1)
  --gateway URL     default: GATEWAY_URL, else the system that scripts/up has started
  --festival ID     default: the first one whose room is open
  --seed S          a whole number that fixes arrivals and choices (default 1)
  --failover-at S   let the Redis of scripts/up --redis-pair fail over so many seconds from the start (1 to 3600)
  --json            print one JSON object instead of the table
  --fans-max N      fans at once; later ones arrive late (default 20000)
  --minutes-max N   whoever is not done by then gives up (default 15)
  --connections N   connections to the gateway (default 8192)
  --remote          allow a gateway that is not on this machine

Exit status: 0; 1 when a fan saw an error that is not theirs; 2 when the replay could not start; 130 after Ctrl-C.`

export type ReplayArguments = {
  csvPath: string
  times: number
  gatewayUrl: string | undefined
  festival: string | undefined
  seed: number
  failOverAtMs: number | undefined
  json: boolean
  remote: boolean
  fansMax: number
  runMsMax: number
  connectionsMax: number
}

/** Reads the command line; throws a `ReplayRefused` for what it does not allow. */
export function readArguments(argv: readonly string[]): ReplayArguments | 'help' {
  const { values, positionals } = parse(argv)
  if (values.help) return 'help'
  const [csvPath, ...more] = positionals
  if (csvPath === undefined) throw new ReplayRefused('Which recorded sale? Name its CSV file')
  if (more.length > 0) throw new ReplayRefused(`One CSV file at a time; "${more[0]}" is too many`)
  return {
    csvPath,
    times: wholeNumber('--times', values.times, 1, 1000),
    gatewayUrl: values.gateway,
    festival: values.festival,
    seed: wholeNumber('--seed', values.seed, 0, 0xffff_ffff),
    failOverAtMs:
      values['failover-at'] === undefined
        ? undefined
        : wholeNumber('--failover-at', values['failover-at'], 1, 3600) * 1000,
    json: values.json,
    remote: values.remote,
    fansMax: wholeNumber('--fans-max', values['fans-max'], 1, 1_000_000),
    runMsMax: wholeNumber('--minutes-max', values['minutes-max'], 1, 1440) * 60_000,
    connectionsMax: wholeNumber('--connections', values.connections, 1, 20_000),
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        times: { type: 'string', default: '1' },
        gateway: { type: 'string' },
        festival: { type: 'string' },
        seed: { type: 'string', default: '1' },
        'failover-at': { type: 'string' },
        json: { type: 'boolean', default: false },
        remote: { type: 'boolean', default: false },
        'fans-max': { type: 'string', default: '20000' },
        'minutes-max': { type: 'string', default: '15' },
        connections: { type: 'string', default: '8192' },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    })
  } catch (error) {
    throw new ReplayRefused(error instanceof Error ? error.message : String(error))
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new ReplayRefused(`${name} must be a whole number from ${min} to ${max}, not "${text}"`)
}
