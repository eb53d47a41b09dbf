import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A failure that operators can act on: its message is shown alone, in one line. */
export class HostError extends Error {}

export type RunResult = { status: number; stdout: string; stderr: string }
type RunOptions = { timeoutMs?: number; input?: string }

/** Runs a program and returns its exit status, 127 when it is not installed. */
export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>

/** The host that commands work on. Tests have one in a folder of their own, with a simulated systemd. */
export type Host = {
  paths: HostPaths
  run: Run
  /** One line of progress, for the person or program that waits for the command. */
  print: (line: string) => void
}

export type HostPaths = {
  /** Releases, and which is current. */
  naru: string
  /** Configuration and credentials. */
  etc: string
  units: string
  journald: string
}

/** @param root - the folder that stands for `/` */
export function hostPaths(root = '/'): HostPaths {
  return {
    naru: join(root, 'opt/naru'),
    etc: join(root, 'etc/naru'),
    units: join(root, 'etc/systemd/system'),
    journald: join(root, 'etc/systemd/journald.conf.d'),
  }
}

export const SERVICES = ['origin', 'gateway'] as const
/** The services of a host in the order in which they are started: gateways call origins. */
export type ServiceName = (typeof SERVICES)[number]

export const environmentFile = ({ etc }: HostPaths, service: ServiceName) => join(etc, `${service}.env`)
/** `migrator` has what only the host program reads, and no service is given. */
export const credentialsFolder = ({ etc }: HostPaths, owner: ServiceName | 'migrator') =>
  join(etc, 'credentials', owner)

/** The services that this host has been set up for. */
export function installedServices(paths: HostPaths): ServiceName[] {
  return SERVICES.filter((service) => existsSync(environmentFile(paths, service)))
}

const RUN_TIMEOUT_MS = 300_000
const OUTPUT_BYTES_MAX = 8 * 1024 * 1024
const NOT_FOUND = 127

export const runProgram: Run = (command, args, { timeoutMs = RUN_TIMEOUT_MS, input } = {}) =>
  new Promise((resolve) => {
    const options = { timeout: timeoutMs, maxBuffer: OUTPUT_BYTES_MAX }
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      const failed = error === null ? 0 : (child.exitCode ?? (error.code === 'ENOENT' ? NOT_FOUND : 1))
      resolve({ status: failed, stdout, stderr: stderr === '' && error !== null ? error.message : stderr })
    })
    // A program that ends without reading its input is judged by its exit status.
    child.stdin?.on('error', () => {}).end(input ?? '')
  })
