import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const ARCHITECTURES = ['x64', 'arm64'] as const

export type Architecture = (typeof ARCHITECTURES)[number]

/** That of this host. */
export function ownArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'x64'
}

type PackageJson = {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/**
 * The folder with the packages of package-lock.json for Linux on an architecture: the checkout's own, or one that is
 * installed beside it and kept for the next time.
 */
export function packagesFor(arch: Architecture, { root, data }: { root: string; data: string }): string {
  if (process.platform === 'linux' && process.arch === arch) return join(root, 'node_modules')
  const lock = readFileSync(join(root, 'package-lock.json'))
  const folder = join(
    data,
    `packages-${arch}-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`,
  )
  if (!existsSync(folder)) install(arch, { root, data, folder })
  return join(folder, 'node_modules')
}

function install(
  arch: Architecture,
  { root, data, folder }: { root: string; data: string; folder: string },
): void {
  mkdirSync(data, { recursive: true })
  const part = mkdtempSync(join(data, 'packages-'))
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(part, file))
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const host = [`--cpu=${arch}`, '--os=linux', '--libc=glibc']
  try {
    execFileSync('npm', ['ci', '--omit=dev', ...host, ...quiet], { cwd: part, stdio: 'inherit' })
    renameSync(part, folder)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

/** Copies packages and everything that they depend on. */
export function copyPackages(names: readonly string[], from: string, to: string): void {
  for (const name of closureOf(names, from)) {
    mkdirSync(dirname(join(to, name)), { recursive: true })
    cpSync(join(from, name), join(to, name), { recursive: true })
  }
}

/** Packages and all their dependencies; of the optional ones those that are installed, which fit the host. */
function closureOf(names: readonly string[], from: string): string[] {
  const found = new Set<string>()
  const waiting = [...names]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue
    found.add(name)
    const { dependencies = {}, optionalDependencies = {} } = readPackage(join(from, name))
    const optional = Object.keys(optionalDependencies).filter((other) => existsSync(join(from, other)))
    waiting.push(...Object.keys(dependencies), ...optional)
  }
  return [...found].sort()
}

function readPackage(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson
}
