import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  credentialsFolder,
  environmentFile,
  type Host,
  HostError,
  type HostPaths,
  type ServiceName,
} from '../system/host.ts'
import { type HostFiles, publicFile, replaceFiles } from '../system/host-files.ts'
import { anchorOf, createSystemd, type Systemd, socketOf, unitOf } from '../system/systemd.ts'
import { currentVersion, makeCurrent, pruneReleases, releaseFolder } from './releases.ts'

export type Activation = {
  version: string
  /** In the order in which they are started. */
  services: readonly ServiceName[]
  /** Configuration and credentials that change with the release. */
  files: HostFiles
  /**
   * Checks the configuration and migrates the database, with the new files in place. The previous version still runs,
   * and continues where it fails.
   */
  prepare?: () => Promise<void>
}

/**
 * Starts a release that is unpacked on the host beside the previous one, makes it the current one as soon as it is
 * ready, then drains and stops the previous one. Where it does not become ready, files and services are as before, and
 * the reason is thrown. The same release with other configuration is restarted; meanwhile its socket holds connections.
 */
export async function activate(host: Host, activation: Activation): Promise<void> {
  const { version, services, files, prepare } = activation
  const { paths, print } = host
  const systemd = createSystemd(host.run)
  const units = await unitFiles(paths, version)
  const { changed, undo } = await replaceFiles(new Map([...units, ...files]))
  const begun: ServiceName[] = []
  const opened: ServiceName[] = []
  try {
    if ([...changed].some((path) => path.startsWith(`${paths.units}/`))) await systemd.reload()
    await prepare?.()
    for (const service of services) {
      if (await openSocket(systemd, service)) opened.push(service)
      begun.push(service)
      await begin({ host, systemd, changed }, service, version)
    }
  } catch (error) {
    const isUpgrade = (await currentVersion(paths)) !== version
    if (isUpgrade) await stopAll({ host, systemd }, begun.toReversed(), version)
    for (const service of opened) await systemd.stop(socketOf(service))
    await undo()
    if (changed.size > 0) await systemd.reload()
    if (!isUpgrade) await restartAll({ host, systemd, changed }, begun, version)
    throw error
  }
  await makeCurrent(paths, version)
  for (const service of services) {
    await systemd.enable(socketOf(service), anchorOf(service))
    await systemd.startLater(anchorOf(service))
    await stopOthers({ host, systemd }, service, version)
  }
  for (const removed of await pruneReleases(paths, version)) print(`removed the release ${removed}`)
}

type Context = { host: Host; systemd: Systemd; changed: ReadonlySet<string> }

/** A socket can be opened only while what it would start is not running. Returns false where it was open before. */
async function openSocket(systemd: Systemd, service: ServiceName): Promise<boolean> {
  if (await systemd.isActive(socketOf(service))) return false
  await systemd.stop(anchorOf(service))
  await systemd.start(socketOf(service))
  return true
}

async function begin(
  { host, systemd, changed }: Context,
  service: ServiceName,
  version: string,
): Promise<void> {
  const unit = unitOf(service, version)
  const isRunning = (await systemd.versions(service)).includes(version)
  if (isRunning && !isAffected(host.paths, service, changed)) return host.print(`${service} ${version} runs`)
  host.print(`${isRunning ? 'restarting' : 'starting'} ${service} ${version}`)
  const started = await systemd.begin(isRunning ? 'restart' : 'start', unit)
  if (started.status === 'failed')
    throw new HostError(`${service} ${version} did not become ready: ${started.reason}`)
  host.print(`${service} ${version} is ready`)
}

function isAffected(paths: HostPaths, service: ServiceName, changed: ReadonlySet<string>): boolean {
  const folder = `${credentialsFolder(paths, service)}/`
  const own = [environmentFile(paths, service), join(paths.units, `naru-${service}@.service`)]
  return [...changed].some((path) => own.includes(path) || path.startsWith(folder))
}

async function stopAll(
  { host: { print }, systemd }: Pick<Context, 'host' | 'systemd'>,
  services: readonly ServiceName[],
  version: string,
): Promise<void> {
  for (const service of services) {
    await systemd.stop(unitOf(service, version))
    print(`stopped ${service} ${version}`)
  }
}

/** Where only the configuration changed: the release continues with the previous one. */
async function restartAll(
  { host: { paths, print }, systemd, changed }: Context,
  services: readonly ServiceName[],
  version: string,
): Promise<void> {
  for (const service of services) {
    if (!isAffected(paths, service, changed)) continue
    const { status } = await systemd.begin('restart', unitOf(service, version))
    print(`${service} ${version} is ${status} with its previous configuration`)
  }
}

async function stopOthers(
  { host: { print }, systemd }: Pick<Context, 'host' | 'systemd'>,
  service: ServiceName,
  version: string,
): Promise<void> {
  for (const other of await systemd.versions(service)) {
    if (other === version) continue
    print(`draining ${service} ${other}`)
    await systemd.stop(unitOf(service, other))
  }
}

/** The unit files of a release, and where they belong. */
async function unitFiles(paths: HostPaths, version: string): Promise<HostFiles> {
  const folder = join(releaseFolder(paths, version), 'units')
  const names = (await readdir(folder)).filter((name) => /^naru.*\.(service|socket|slice|timer)$/.test(name))
  const files = names.map(
    async (name) =>
      [join(paths.units, name), publicFile(await readFile(join(folder, name), 'utf8'))] as const,
  )
  const journald = publicFile(await readFile(join(folder, 'journald-naru.conf'), 'utf8'))
  return new Map([...(await Promise.all(files)), [join(paths.journald, 'naru.conf'), journald]])
}
