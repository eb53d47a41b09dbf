import { expect, it, vi } from 'vitest'
import type { Installing } from '../stores/find.ts'
import type { Package } from '../stores/install.ts'
import { findBrowser, type Machine } from './find.ts'

const CHROMIUM = '/usr/bin/chromium'
const installing: Installing = (_packages, install) => install()

/** A machine with or without a browser and a font, where what is installed is there afterwards. */
function machineWith(options: { chromium?: boolean; hangul?: boolean; canInstall?: boolean }) {
  const has = { chromium: false, hangul: false, canInstall: false, ...options }
  const installPackages = vi.fn(async (packages: readonly Package[]) => {
    if (packages.includes('chromium')) has.chromium = true
  })
  const machine: Machine = {
    findChromium: () => (has.chromium ? CHROMIUM : undefined),
    hasHangul: async () => has.hangul,
    canInstall: async () => has.canInstall,
    installPackages,
  }
  return { machine, installPackages }
}

it('takes the program that CHROMIUM_PATH names', async () => {
  const { machine } = machineWith({ chromium: true, hangul: true })
  const env = { CHROMIUM_PATH: '/opt/chrome' }
  expect(await findBrowser({ env, installing }, machine)).toBe('/opt/chrome')
})

it('takes what is on the machine and installs nothing', async () => {
  const { machine, installPackages } = machineWith({ chromium: true, hangul: true, canInstall: true })
  expect(await findBrowser({ env: {}, installing }, machine)).toBe(CHROMIUM)
  expect(installPackages).not.toHaveBeenCalled()
})

it('installs a browser and a font where they are missing', async () => {
  const { machine, installPackages } = machineWith({ canInstall: true })
  expect(await findBrowser({ env: {}, installing }, machine)).toBe(CHROMIUM)
  expect(installPackages.mock.calls.map(([packages]) => packages)).toEqual([['chromium', 'fonts-noto-cjk']])
})

it('goes on without a font where it may not install one', async () => {
  const { machine } = machineWith({ chromium: true })
  expect(await findBrowser({ env: {}, installing }, machine)).toBe(CHROMIUM)
})

it('says what to install where it may not do so itself', async () => {
  const { machine } = machineWith({})
  await expect(findBrowser({ env: {}, installing }, machine)).rejects.toThrow(
    'Install Chromium or Chrome, or set CHROMIUM_PATH to its program',
  )
})
