import { expect, it, vi } from 'vitest'
import type { Installing } from '../stores/find.ts'
import type { Package } from '../stores/install.ts'
import { type EngineMachine, findWebKit } from './find-engines.ts'

const WEBKIT = {
  driver: '/usr/bin/WebKitWebDriver',
  browser: '/usr/lib/MiniBrowser',
  screen: '/usr/bin/Xvfb',
}
const installing: Installing = (_packages, install) => install()

/** A machine with or without WebKit, where what is installed is there afterwards unless told otherwise. */
function machineWith(options: { webkit?: boolean; canInstall?: boolean; comes?: boolean }) {
  const has = { webkit: false, canInstall: false, comes: true, ...options }
  const installPackages = vi.fn(async (_packages: readonly Package[]) => {
    has.webkit ||= has.comes
  })
  const machine: EngineMachine = {
    findProgram: ([name]) => (has.webkit ? `/usr/bin/${name}` : undefined),
    findMiniBrowser: () => (has.webkit ? WEBKIT.browser : undefined),
    canInstall: async () => has.canInstall,
    installPackages,
  }
  return { machine, installPackages }
}

it('takes the WebKit that is on the machine and installs nothing', async () => {
  const { machine, installPackages } = machineWith({ webkit: true, canInstall: true })
  expect(await findWebKit({ env: {}, installing }, machine)).toEqual(WEBKIT)
  expect(installPackages).not.toHaveBeenCalled()
})

it('installs WebKit, its WebDriver server and a screen where they are missing', async () => {
  const { machine, installPackages } = machineWith({ canInstall: true })
  expect(await findWebKit({ env: {}, installing }, machine)).toEqual(WEBKIT)
  expect(installPackages.mock.calls.map(([packages]) => packages)).toEqual([
    ['webkit2gtk-driver', 'xvfb', 'openssl'],
  ])
})

it('finds no WebKit only where it may not install one', async () => {
  const { machine } = machineWith({})
  expect(await findWebKit({ env: {}, installing }, machine)).toBeUndefined()
})

it('fails where WebKit could be installed and is missing all the same, so that no test is skipped unseen', async () => {
  const { machine } = machineWith({ canInstall: true, comes: false })
  await expect(findWebKit({ env: {}, installing }, machine)).rejects.toThrow('Install webkit2gtk-driver')
})
