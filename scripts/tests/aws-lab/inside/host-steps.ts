import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { runCommand } from '../../../develop/stores/command.ts'
import { Failure } from '../../../develop/stores/failure.ts'
import { waitUntil } from '../../../develop/stores/wait.ts'
import { startCdn } from '../hosts/cdn.ts'
import { openAuthority } from '../hosts/certificates.ts'
import { unitMemoryBytes } from '../hosts/cgroups.ts'
import { furnishInstance, startImds } from '../hosts/instance-host.ts'
import { createMachine, type Machine, type MachineOptions, T3_SMALL } from '../hosts/machine.ts'
import { furnishStores, setRedisToken, startStores } from '../hosts/stores.ts'
import type { Step } from '../run-steps.ts'
import { type Instance, readInstances, readStoreNames } from '../simulator/instances.ts'
import type { Simulator } from '../simulator/simulator.ts'
import { readHealth, runDocument } from './rollout.ts'
import { ADDRESSES, KEY_VALUE_STORE_PORT, made, NAME, REGION, type State } from './state.ts'
import { STEPS } from './titles.ts'

const GATEWAY_PORT = 8080
/** The SDK puts the account before the host of its endpoint. */
const STORE_HOST = 'key-value-store.naru.test'
const ACCOUNT = '123456789012'
const ParameterSchema = z.object({ Parameter: z.object({ Value: z.string() }) })
const SettingsSchema = z.looseObject({ DATABASE_NAME: z.string(), DATABASE_MASTER_SECRET_ARN: z.string() })
const DatabasesSchema = z.object({ DBInstances: z.array(z.object({ MasterUsername: z.string() })) })

type Master = { username: string; password: string }

export function hostSteps(state: State): Step[] {
  return [
    {
      ...{ name: 'stores', title: STEPS.stores, needs: ['apply'], limitSeconds: 180 },
      run: (signal) => bootStores(state, signal),
    },
    {
      ...{ name: 'boot', title: STEPS.boot, needs: ['stores'], limitSeconds: 300 },
      run: (signal) => bootInstances(state, signal),
    },
    {
      ...{ name: 'ready', title: STEPS.ready, needs: ['boot'], limitSeconds: 180 },
      run: (signal) => becomeReady(state, signal),
    },
    {
      ...{ name: 'cdn', title: STEPS.cdn, needs: ['ready'], limitSeconds: 60 },
      run: (signal) => openCdn(state, signal),
    },
  ]
}

async function bootStores(state: State, signal: AbortSignal): Promise<string> {
  const simulator = made(state.simulator, 'simulated AWS')
  const { env, settings, network } = state
  const authority = await openAuthority(join(settings.run, 'authority'), env)
  const names = await readStoreNames(simulator)
  const certificate = await authority.issue('stores', [...names, ADDRESSES.stores])
  const { DATABASE_NAME, DATABASE_MASTER_SECRET_ARN } = SettingsSchema.parse(
    JSON.parse(await readParameter(state, `/${NAME}/settings/origin`)),
  )
  const master = await makeMasterSecret(simulator, DATABASE_MASTER_SECRET_ARN)
  state.masterSecret = DATABASE_MASTER_SECRET_ARN.split(':').at(-1)
  await network.add('stores', ADDRESSES.stores)
  state.stores = await createMachine({
    ...machineOptions(state, 'stores'),
    readOnly: { '/opt/mysql': settings.tools.mysql },
    furnish: (root) =>
      furnishStores(root, {
        ...{ certificate: certificate.certificate, key: certificate.key, authority: authority.certificate },
        database: { name: DATABASE_NAME, masterUser: master.username, masterPassword: master.password },
      }),
  })
  await state.stores.boot(signal)
  await startStores(state.stores)
  const token = await simulator.redisToken()
  if (token === undefined) throw new Failure('ElastiCache was given no AUTH token')
  await setRedisToken(state.stores, token)
  return names.join(', ')
}

function machineOptions(
  { env, settings }: State,
  name: string,
): Omit<MachineOptions, 'readOnly' | 'furnish'> {
  const { nspawn, nspawnLibraries, root } = settings.tools
  const folders = { folder: join(settings.run, name), logFile: join(settings.logs, `${name}.log`) }
  return { name, env, nspawn, nspawnLibraries, lower: root, limits: T3_SMALL, ...folders }
}

/** What RDS does for `manage_master_user_password`, which the simulator lacks. */
async function makeMasterSecret({ ask }: Simulator, arn: string): Promise<Master> {
  const { DBInstances } = DatabasesSchema.parse(await ask('rds', 'describe-db-instances'))
  const [{ MasterUsername: username } = { MasterUsername: 'admin' }] = DBInstances
  const master = { username, password: randomBytes(24).toString('base64url') }
  const secret = ['--name', arn.split(':').at(-1) ?? '', '--secret-string', JSON.stringify(master)]
  await ask('secretsmanager', 'create-secret', ...secret)
  return master
}

async function readParameter(state: State, name: string): Promise<string> {
  const { ask } = made(state.simulator, 'simulated AWS')
  return ParameterSchema.parse(await ask('ssm', 'get-parameter', '--with-decryption', '--name', name))
    .Parameter.Value
}

/** Both at once, as terraform creates them: each needs the other's public keys. */
async function bootInstances(state: State, signal: AbortSignal): Promise<string> {
  const simulator = made(state.simulator, 'simulated AWS')
  state.instances = await readInstances(simulator)
  const stores = Object.fromEntries((await readStoreNames(simulator)).map((name) => [name, ADDRESSES.stores]))
  const aws = { [`${ACCOUNT}.${STORE_HOST}`]: ADDRESSES.aws }
  const hosts = Object.fromEntries(state.instances.map((it) => [it.privateName, it.privateAddress]))
  await Promise.all(
    state.instances.map((it) => bootInstance(state, it, { ...stores, ...hosts, ...aws }, signal)),
  )
  for (const role of ['origin', 'gateway'] as const) {
    await runDocument(simulator, made(state.hosts[role], role), role)
  }
  return state.instances.map(({ role, privateAddress }) => `${role} ${privateAddress}`).join(', ')
}

async function bootInstance(
  state: State,
  instance: Instance,
  names: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const { env, settings, network } = state
  const { role, privateAddress } = instance
  await network.add(role, privateAddress)
  const logFile = join(settings.logs, `metadata-${role}.log`)
  await startImds({ env, instance, namespace: role, region: REGION, logFile })
  const { certificate } = await openAuthority(join(settings.run, 'authority'), env)
  const machine = await createMachine({
    ...machineOptions(state, role),
    readOnly: {},
    furnish: (root) =>
      furnishInstance(root, {
        ...{ instance, names, region: REGION, authority: certificate },
        endpoints: {
          AWS_ENDPOINT_URL: made(state.simulator, 'simulated AWS').endpoint,
          AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE: `http://${STORE_HOST}:${KEY_VALUE_STORE_PORT}`,
        },
      }),
  })
  state.hosts[role] = machine
  await machine.boot(signal)
  await machine.run('cloud-init', 'cloud-init status --wait --long', 120_000)
}

async function becomeReady(state: State, signal: AbortSignal): Promise<string> {
  const { version } = made(state.settings.releases, 'release').first
  const lines = await Promise.all(
    (['origin', 'gateway'] as const).map(async (role) => {
      const machine = made(state.hosts[role], role)
      const line = await untilReady(machine, version, signal)
      return `${line}, ${await startOf(machine, `naru-${role}@${version}.service`)}`
    }),
  )
  return lines.join('; ')
}

/** How long a unit took to become ready, and the memory of its processes since. */
async function startOf(machine: Machine, unit: string): Promise<string> {
  const names = 'InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic'
  const shown = await machine.run('The start', `systemctl show --property=${names} ${unit}`, 10_000)
  const [began, ready] = names.split(',').map((name) => {
    const [, microseconds] = new RegExp(`^${name}=(\\d+)$`, 'm').exec(shown) ?? []
    return Number(microseconds) / 1e6
  })
  const memory = await unitMemoryBytes(machine.name, unit)
  const mebibytes = memory.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(' + ')
  return `in ${((ready ?? Number.NaN) - (began ?? Number.NaN)).toFixed(1)} s, ${mebibytes} MiB`
}

/** Waits until a host's services are ready on a release. Throws with the last output of `naru health`. */
export async function untilReady(machine: Machine, version: string, signal: AbortSignal): Promise<string> {
  let last: unknown
  let lines = ''
  const ready = await waitUntil(
    async () => {
      try {
        lines = (await readHealth(machine)).trim().replaceAll('\n', ', ')
      } catch (error) {
        last = error
        return false
      }
      last = new Failure(`The host ${machine.name} runs another release than ${version}: ${lines}`)
      return lines.includes(version)
    },
    { timeoutMs: 120_000, everyMs: 1000, signal },
  )
  if (!ready) throw last
  return lines
}

async function openCdn(state: State, signal: AbortSignal): Promise<string> {
  const { env, settings, network } = state
  const publicUrl = (await made(state.terraform, 'terraform').output('public_url', signal)).trim()
  const { hostname } = new URL(publicUrl)
  const authority = await openAuthority(join(settings.run, 'authority'), env)
  const gateways = state.instances.filter(({ role }) => role === 'gateway')
  await network.add('cdn', ADDRESSES.cdn)
  await startCdn({
    ...{ env, nginx: settings.tools.nginx, namespace: 'cdn', folder: join(settings.run, 'cdn') },
    ...(await authority.issue('cdn', [hostname])),
    gateways: gateways.map(({ privateAddress }) => `${privateAddress}:${GATEWAY_PORT}`),
    proxySecret: made(made(state.proofs, 'key-value store').get('proof'), 'proof in the key-value store'),
  })
  await resolve(state, hostname, ADDRESSES.cdn)
  const answers = await waitUntil(async () => (await fetch(publicUrl)).ok, {
    timeoutMs: 20_000,
    everyMs: 250,
    signal,
  })
  if (!answers) throw new Failure(`${publicUrl} does not answer`)
  state.publicUrl = publicUrl
  return publicUrl
}

/** The names that the rehearsal itself resolves: in its own mount namespace only. */
async function resolve({ env, settings }: State, name: string, address: string): Promise<void> {
  const file = join(settings.run, 'hosts')
  await writeFile(file, `127.0.0.1 localhost\n${address} ${name}\n`)
  const args = ['--bind', file, '/etc/hosts']
  await runCommand({ name: 'mount', command: 'mount', args, env, timeoutMs: 10_000 })
}
