import { join } from 'node:path'
import { checkConfiguration } from '../system/configuration.ts'
import { type Host, HostError, installedServices } from '../system/host.ts'
import { takeLock } from '../system/lock.ts'
import { type Activation, activate } from './activate.ts'
import { type ArchiveSource, fetchRelease, type OpenObject } from './archive.ts'
import { writeLastRollout } from './last-rollout.ts'
import { migrateHost } from './migrate.ts'
import { releaseFolder } from './releases.ts'

/** A release has migrations, a start and a drain of each service before it. */
const HANDED_OVER_TIMEOUT_MS = 30 * 60_000

/**
 * Fetches a release and hands over to its own host program, which knows its units and migrations.
 *
 * @param args - the command of that program, which activates its own release
 */
export async function rollout(
  host: Host,
  source: ArchiveSource,
  { openObject, args }: { openObject: OpenObject; args: readonly string[] },
): Promise<void> {
  const version = await fetchOnly(host, source, openObject)
  const program = join(releaseFolder(host.paths, version), 'bin/naru')
  const { status, stdout, stderr } = await host.run(program, args, { timeoutMs: HANDED_OVER_TIMEOUT_MS })
  for (const line of stdout.split('\n')) if (line !== '') host.print(line)
  if (status !== 0) throw new HostError(stderr.trim().replace(/^naru: /, ''))
}

/** Fetches a release without activating it. Returns its version. */
export async function fetchOnly(host: Host, source: ArchiveSource, openObject: OpenObject): Promise<string> {
  return recorded(host, () => exclusively(host, () => fetchRelease(host, source, { openObject })))
}

/** Activates a release that is unpacked on this host, with the configuration that it has, or another. */
export async function activateInstalled(
  host: Host,
  {
    version,
    services = installedServices(host.paths),
    files = new Map(),
  }: Pick<Activation, 'version'> & Partial<Pick<Activation, 'services' | 'files'>>,
): Promise<void> {
  await recorded(host, () =>
    exclusively(host, async () => {
      if (services.length === 0) throw new HostError('No service is installed on this host: see naru install')
      await activate(host, {
        ...{ version, services, files },
        async prepare() {
          for (const service of services) await checkConfiguration(host.paths, service)
          if (services.includes('origin')) await migrateHost(host)
        },
      })
    }),
  )
}

/** Records how a rollout ended, for `naru health`. */
export async function recorded<T>(host: Host, run: () => Promise<T>): Promise<T> {
  const at = new Date().toISOString()
  try {
    const result = await run()
    await writeLastRollout(host.paths, { at })
    return result
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    // A full disk must not hide the reason.
    await writeLastRollout(host.paths, { at, failure }).catch(() => {})
    throw error
  }
}

/** Runs while no other command changes this host. */
export async function exclusively<T>({ paths }: Host, run: () => Promise<T>): Promise<T> {
  const release = await takeLock(join(paths.naru, '.rollout.lock'))
  if (release === undefined) throw new HostError('Another rollout is under way on this host: try again later')
  try {
    return await run()
  } finally {
    await release()
  }
}
