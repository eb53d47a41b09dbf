import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../stores/testing.ts'
import { findFirefox } from './find-firefox.ts'

/** A machine on whose PATH nothing but these programs is, so that nothing can be installed or fetched either. */
function machineWith(programs: readonly string[]) {
  const folder = temporaryFolder()
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const name of programs) {
    writeFileSync(join(bin, name), '#!/bin/sh\nexit 1\n')
    chmodSync(join(bin, name), 0o755)
  }
  const installing = () => Promise.reject(new Error('nothing may be installed'))
  return { bin, folder, find: (env = {}) => findFirefox({ env: { PATH: bin, ...env }, installing, folder }) }
}

it('takes the Firefox and the geckodriver that are on the machine', async () => {
  const { bin, find } = machineWith(['firefox-esr', 'geckodriver'])
  expect(await find()).toEqual({ browser: join(bin, 'firefox-esr'), driver: join(bin, 'geckodriver') })
})

it('takes the programs that the environment names', async () => {
  const env = { FIREFOX_PATH: '/opt/firefox', GECKODRIVER_PATH: '/opt/geckodriver' }
  expect(await machineWith([]).find(env)).toEqual({ browser: '/opt/firefox', driver: '/opt/geckodriver' })
})

it('takes the geckodriver that an earlier run stored', async () => {
  const { bin, folder, find } = machineWith(['firefox'])
  writeFileSync(join(folder, 'geckodriver-0.33.0'), '')
  expect(await find()).toEqual({
    browser: join(bin, 'firefox'),
    driver: join(folder, 'geckodriver-0.33.0'),
  })
})

it('says what to install where there is no Firefox and none can be installed', async () => {
  await expect(machineWith(['geckodriver']).find()).rejects.toThrow(
    'Install Firefox, or set FIREFOX_PATH to its program',
  )
})

it('says what to install where there is no geckodriver and none can be fetched', async () => {
  await expect(machineWith(['firefox']).find()).rejects.toThrow(
    'Install geckodriver, or set GECKODRIVER_PATH to its program',
  )
})
