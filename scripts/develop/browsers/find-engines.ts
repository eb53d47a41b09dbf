import { globSync } from 'node:fs'
import type { Env } from '../../../shared/runtime/env.ts'
import { Failure } from '../stores/failure.ts'
import type { Installing } from '../stores/find.ts'
import { canInstall, installPackages, type Package } from '../stores/install.ts'
import { findProgram } from '../stores/programs.ts'

/** The programs that WebKit is driven with: Debian's packages webkit2gtk-driver and xvfb have them all. */
export type FoundWebKit = { driver: string; browser: string; screen: string }

/** The parts of the host that the search for an engine uses. */
export type EngineMachine = {
  findProgram: typeof findProgram
  findMiniBrowser: () => string | undefined
  canInstall: typeof canInstall
  installPackages: typeof installPackages
}

const THIS_MACHINE: EngineMachine = { findProgram, findMiniBrowser, canInstall, installPackages }
const WEBKIT_PACKAGES: readonly Package[] = ['webkit2gtk-driver', 'xvfb', 'openssl']

/** The message where tests in WebKit are skipped. */
export const WEBKIT_MISSING =
  'WebKit is not on this machine and cannot be installed here, so what is tried in it is skipped: install Debian’s webkit2gtk-driver, xvfb and openssl'

/**
 * WebKit and what drives it: what is on this machine, else Debian's packages, installed now where that is allowed;
 * undefined where it is not.
 *
 * @param installing - is handed the installation to run it, should there be one
 * @throws Failure when it could be installed and is missing all the same
 */
export async function findWebKit(
  { env, installing }: { env: Env; installing: Installing },
  machine: EngineMachine = THIS_MACHINE,
): Promise<FoundWebKit | undefined> {
  const found = searchWebKit(env, machine)
  if (found !== undefined) return found
  if (!(await machine.canInstall(env))) return undefined
  await installing(WEBKIT_PACKAGES, () => machine.installPackages(WEBKIT_PACKAGES, env))
  const foundNow = searchWebKit(env, machine)
  if (foundNow === undefined) throw new Failure(`Install ${WEBKIT_PACKAGES.join(', ')}`)
  return foundNow
}

function searchWebKit(env: Env, machine: EngineMachine): FoundWebKit | undefined {
  const [driver, screen, openssl] = ['WebKitWebDriver', 'Xvfb', 'openssl'].map((name) =>
    machine.findProgram([name], env),
  )
  const browser = machine.findMiniBrowser()
  if (driver === undefined || browser === undefined || screen === undefined || openssl === undefined)
    return undefined
  return { driver, browser, screen }
}

/** Where Debian's packages and others put it, by the platform's name. */
function findMiniBrowser(): string | undefined {
  return globSync('/usr/lib{,64,exec}/{,*/}webkit2gtk-4.*/MiniBrowser').toSorted().at(-1)
}
