import { existsSync } from 'node:fs'
import type { Env } from '../../../shared/runtime/env.ts'
import { runCommand } from './command.ts'
import { findProgram } from './programs.ts'

export type StorePackage = 'redis-server' | 'mariadb-server'
export type Package =
  | StorePackage
  | 'chromium'
  | 'fonts-noto-cjk'
  | 'webkit2gtk-driver'
  | 'xvfb'
  | 'openssl'
  | 'firefox-esr'
  | 'python3-pip'

/** What the machine then runs for everyone, where that is anything. */
const SERVICES: Partial<Record<Package, string>> = {
  'redis-server': 'redis-server',
  'mariadb-server': 'mariadb',
}
const PROBE_TIMEOUT_MS = 10_000
const SERVICE_TIMEOUT_MS = 60_000
const UPDATE_TIMEOUT_MS = 5 * 60_000
const INSTALL_TIMEOUT_MS = 20 * 60_000
const BY_HAND: Record<Package, string> = {
  'redis-server': 'Redis yourself, or set REDIS_URL',
  'mariadb-server': 'MariaDB yourself, or set DATABASE_URL',
  chromium: 'Chromium or Chrome yourself, or set CHROMIUM_PATH',
  'fonts-noto-cjk': 'a font with Hangul yourself',
  'webkit2gtk-driver': 'WebKitGTK and its WebDriver server yourself',
  xvfb: 'Xvfb yourself',
  openssl: 'OpenSSL yourself',
  'firefox-esr': 'Firefox yourself, or set FIREFOX_PATH',
  'python3-pip': 'geckodriver yourself and set GECKODRIVER_PATH',
}

/** Whether we may install Debian packages here: apt-get, and root or a sudo that asks for no password. */
export async function canInstall(env: Env, signal?: AbortSignal): Promise<boolean> {
  if (findProgram(['apt-get'], env) === undefined) return false
  if (process.getuid?.() === 0) return true
  if (findProgram(['sudo'], env) === undefined) return false
  try {
    const command = { command: 'sudo', args: ['-n', 'true'] }
    await runCommand({ name: 'sudo', ...command, env, timeoutMs: PROBE_TIMEOUT_MS, signal })
    return true
  } catch {
    signal?.throwIfAborted()
    return false
  }
}

/**
 * Installs Debian packages, and puts to rest the machine-wide services that this starts. The installation
 * itself is not interrupted by the signal: half a package is worse than a late answer.
 */
export async function installPackages(
  packages: readonly Package[],
  env: Env,
  signal?: AbortSignal,
): Promise<void> {
  const name = `apt-get install ${packages.join(' ')}`
  const advice = `Install ${packages.map((item) => BY_HAND[item]).join('; ')}.`
  const update = { name, command: ['apt-get', 'update', '-q'], advice, timeoutMs: UPDATE_TIMEOUT_MS }
  await asRoot(update, env, signal)
  const options = ['-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']
  const command = ['apt-get', 'install', ...options, ...packages]
  await asRoot({ name, command, advice, timeoutMs: INSTALL_TIMEOUT_MS }, env)
  for (const service of packages.flatMap((item) => SERVICES[item] ?? [])) await putToRest(service, env)
  signal?.throwIfAborted()
}

async function putToRest(service: string, env: Env): Promise<void> {
  const commands = existsSync('/run/systemd/system')
    ? [['systemctl', 'disable', '--now', service]]
    : [
        ['service', service, 'stop'],
        ['update-rc.d', service, 'disable'],
      ]
  for (const command of commands) {
    // Not every machine has every one of these; what is not running needs no stop.
    if (findProgram(command.slice(0, 1), env) === undefined) continue
    const name = `Stopping the service ${service}`
    await asRoot({ name, command, timeoutMs: SERVICE_TIMEOUT_MS }, env).catch(() => {})
  }
}

type RootCommand = { name: string; command: readonly string[]; timeoutMs: number; advice?: string }

async function asRoot(
  { command, ...options }: RootCommand,
  { PATH, HOME }: Env,
  signal?: AbortSignal,
): Promise<void> {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const [first = 'env', ...args] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command]
  const env = { PATH: `${PATH}:/usr/sbin:/sbin`, HOME, LANG: 'C.UTF-8' }
  await runCommand({ ...options, command: first, args, env, signal })
}
