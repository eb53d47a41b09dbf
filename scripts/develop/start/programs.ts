import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeBundles } from '../../release/bundles.ts'
import type { ServiceName } from './addresses.ts'

const PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** The programs in a folder that was built, as in a release. */
const PROGRAMS: Record<ServiceName, string> = {
  sandbox: 'sandbox/main.mjs',
  origin: 'origin/main.mjs',
  gateway: 'gateway/main.mjs',
}

/**
 * Builds what a release runs from into a folder, which is emptied first, so that what is tried is what is shipped.
 * Native packages are those of this checkout.
 */
export async function buildPrograms(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await writeBundles({ folder, version: 'development' })
  symlinkSync(PACKAGES, join(folder, 'node_modules'))
}

/**
 * Node's arguments that start a service from a folder that was built. Stack traces name the sources here; the units of a
 * release save the memory that this takes.
 */
export function programArguments(folder: string, service: ServiceName): string[] {
  return ['--enable-source-maps', join(folder, PROGRAMS[service])]
}
