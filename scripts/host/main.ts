import type { z } from 'zod'
import { findAddresses } from '../operate/addresses.ts'
import { auditCommand } from '../operate/audit/command.ts'
import {
  type Command,
  readOptions,
  runCommand,
  usageOf,
  WRONG_USAGE,
  WrongUsage,
} from '../operate/read-options.ts'
import { applyOnAmazon, fetchOnAmazon } from './aws/apply.ts'
import { readMasterSecret } from './aws/master-secret.ts'
import { createParameterStore } from './aws/parameters.ts'
import { clientOptions, readPlace } from './aws/place.ts'
import { writeProof } from './aws/proof-store.ts'
import {
  ACTIVATE,
  AWS_APPLY,
  AWS_FETCH,
  HEALTH,
  INSTALL,
  KEYS_PUBLISH,
  MIGRATE,
  ORGANISER_ADD,
  ROLLOUT,
} from './commands.ts'
import { readHealth } from './health.ts'
import { install, publishKeys } from './install.ts'
import { addOrganiser } from './organiser.ts'
import { migrateHost } from './rollout/migrate.ts'
import { openObjectOfS3 } from './rollout/object-store.ts'
import { releaseOf, versionOf } from './rollout/releases.ts'
import { activateInstalled, rollout } from './rollout/rollout.ts'
import { type Host, hostPaths, runProgram, SERVICES } from './system/host.ts'
import { report } from './system/journal.ts'
import { readServiceEnvironment } from './system/service-environment.ts'

const USAGE = `Runs Naru's services on this host. Each command shows its options with --help.

  naru install           installs this release on a server of your own, or upgrades it
  naru keys publish      prints public keys for the host of the other service
  naru rollout           rolls out a release
  naru health            version and readiness of each service
  naru aws apply         brings a host on AWS to what its parameters say
  naru aws fetch         fetches the release that they name
  naru migrate           brings the database to the newest schema
  naru organiser add     appoints an organiser, with a one-time link
  naru audit             checks the invariants on the live stores`

type Words = readonly [string, ...string[]]
type Entry = { words: Words; run: (args: readonly string[]) => Promise<number> }

const host: Host = {
  paths: hostPaths(),
  run: runProgram,
  print: (line) => void process.stdout.write(`${line}\n`),
}

/** A command with its options, which succeeds unless it throws. */
function entry<S extends z.ZodObject>(
  command: Command<S>,
  run: (options: z.infer<S>, argument: string) => Promise<number>,
): Entry {
  const words = command.start.split(' ').slice(1) as [string, ...string[]]
  const read = (args: readonly string[]) => readOptions(command, args)
  return {
    words,
    run: (args) =>
      runCommand(usageOf(command), read, ({ options, argument }) => run(options, argument), args),
  }
}

const COMMANDS: readonly Entry[] = [
  entry(ROLLOUT, async (source) => {
    await rollout(host, source, { openObject: openObjectOfS3(), args: ['activate'] })
    return 0
  }),
  entry(ACTIVATE, async () => {
    await activateInstalled(host, { version: await versionOf() })
    return 0
  }),
  entry(INSTALL, async (options, role) => {
    const services = SERVICES.filter((service) => role === service || role === 'both')
    if (services.length === 0) throw new WrongUsage(`A host runs gateway, origin or both, not "${role}"`)
    await install(host, { services, release: releaseOf(), ...options })
    return 0
  }),
  entry(KEYS_PUBLISH, async (_, service) => {
    const found = SERVICES.find((each) => each === service)
    if (found === undefined) throw new WrongUsage(`A service is gateway or origin, not "${service}"`)
    process.stdout.write(await publishKeys(host.paths, found))
    return 0
  }),
  entry(AWS_APPLY, async () => {
    const place = await readPlace(host.paths)
    const parameters = createParameterStore(place)
    const deps = {
      ...{ place, parameters, openObject: openObjectOfS3(clientOptions(place, 's3')) },
      readMaster: (arn: string) => readMasterSecret(place, arn),
      writeProof: (proof: Parameters<typeof writeProof>[1]) => writeProof(place, proof),
    }
    await applyOnAmazon(host, deps, await versionOf())
    parameters.close()
    return 0
  }),
  entry(AWS_FETCH, async () => {
    const place = await readPlace(host.paths)
    const parameters = createParameterStore(place)
    await fetchOnAmazon(host, { parameters, openObject: openObjectOfS3(clientOptions(place, 's3')) })
    parameters.close()
    return 0
  }),
  entry(HEALTH, async () => {
    const { ready, lines } = await readHealth(host)
    for (const line of lines) host.print(line)
    return ready ? 0 : 1
  }),
  entry(MIGRATE, async () => {
    await migrateHost(host)
    return 0
  }),
  entry(ORGANISER_ADD, async (_, email) => {
    const { link, expiresAt } = await addOrganiser(host, { email })
    host.print(`${link}\n\nIt sets the password once, until ${expiresAt.toISOString()}.`)
    return 0
  }),
  {
    words: ['audit'],
    run: async (args) => {
      const env = await readServiceEnvironment(host.paths, 'origin')
      return auditCommand(args, { find: (wanted) => findAddresses(wanted, env), env })
    },
  },
]

async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args[0] === '--help' || args[0] === '-h') {
    host.print(USAGE)
    return args.length === 0 ? WRONG_USAGE : 0
  }
  const found = COMMANDS.find(({ words }) => words.every((word, i) => args[i] === word))
  if (found === undefined) {
    process.stderr.write(`There is no command "${args.slice(0, 2).join(' ')}"\n\n${USAGE}\n`)
    return WRONG_USAGE
  }
  try {
    return await found.run(args.slice(found.words.length))
  } catch (error) {
    await report(host, error)
    return 1
  }
}

// Services, which are not root, read releases and certificates, whatever root's own mask is. Secrets have modes of their own.
process.umask(0o022)
process.exitCode = await main(process.argv.slice(2))
