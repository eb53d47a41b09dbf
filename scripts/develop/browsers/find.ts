import { existsSync } from 'node:fs'
import type { Env } from '../../../shared/runtime/env.ts'
import { runCommand } from '../stores/command.ts'
import { Failure } from '../stores/failure.ts'
import type { Installing } from '../stores/find.ts'
import { canInstall, installPackages, type Package } from '../stores/install.ts'
import { findProgram } from '../stores/programs.ts'

/** The parts of the host that the search for a browser uses. */
export type Machine = {
  findChromium: (env: Env) => string | undefined
  hasHangul: (env: Env) => Promise<boolean>
  canInstall: typeof canInstall
  installPackages: typeof installPackages
}

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const MACOS_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
/** Where Debian's package puts it; fc-list may not be there to ask. */
const DEBIAN_FONT = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'
const FONTS_TIMEOUT_MS = 30_000

const THIS_MACHINE: Machine = { findChromium, hasHangul, canInstall, installPackages }

/**
 * The Chromium that pages are tried in: the one at CHROMIUM_PATH, else one on this machine, else Debian's package,
 * installed now where that is allowed, and with it a font with Hangul. Where nothing may be installed the font may be
 * missing: pages then show boxes for Korean, and work.
 *
 * @param installing - is handed the installation to run it, should there be one
 * @throws Failure when there is no Chromium, which says what to install
 */
export async function findBrowser(
  { env, installing }: { env: Env; installing: Installing },
  machine: Machine = THIS_MACHINE,
): Promise<string> {
  const { CHROMIUM_PATH = '' } = env
  if (CHROMIUM_PATH !== '') return CHROMIUM_PATH
  const found = machine.findChromium(env)
  const missing: Package[] = found === undefined ? ['chromium'] : []
  if (!(await machine.hasHangul(env))) missing.push('fonts-noto-cjk')
  if (missing.length > 0 && (await machine.canInstall(env))) {
    await installing(missing, () => machine.installPackages(missing, env))
  }
  const path = found ?? machine.findChromium(env)
  if (path === undefined) throw new Failure('Install Chromium or Chrome, or set CHROMIUM_PATH to its program')
  return path
}

function findChromium(env: Env): string | undefined {
  return findProgram(PROGRAMS, env) ?? (existsSync(MACOS_CHROME) ? MACOS_CHROME : undefined)
}

async function hasHangul(env: Env): Promise<boolean> {
  if (existsSync(DEBIAN_FONT)) return true
  const program = findProgram(['fc-list'], env)
  if (program === undefined) return false
  const command = { command: program, args: [':lang=ko', 'family'], timeoutMs: FONTS_TIMEOUT_MS }
  return (await runCommand({ name: 'fc-list', env, ...command })).trim() !== ''
}
