import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../develop/stores/testing.ts'

const UNITS = join(import.meta.dirname, 'units')
/** In tenths, as `systemd-analyze security` takes it. */
const EXPOSURE_TENTHS_MAX = 25

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
const isUnit = (name: string) => /\.(service|socket|slice)$/.test(name)

/** The units as they are, except that they start a program which this machine has. */
function copyUnits(): string {
  const folder = temporaryFolder()
  for (const name of readdirSync(UNITS).filter(isUnit)) {
    cpSync(join(UNITS, name), join(folder, name))
    const text = readFileSync(join(folder, name), 'utf8')
    writeFileSync(join(folder, name), text.replace('/opt/naru/releases/%i/bin/node', process.execPath))
  }
  return folder
}

const analyze = (args: readonly string[], cwd: string) => {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { cwd, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

if (!hasSystemd) process.stderr.write('! systemd-analyze is not installed: the unit files are not verified\n')

describe.runIf(hasSystemd)('the unit files', () => {
  it('contain nothing that systemd does not know', () => {
    const folder = copyUnits()
    const names = readdirSync(folder).map((name) => `./${name}`)
    expect(names.length).toBeGreaterThan(6)
    const { output } = analyze(['verify', ...names], folder)
    expect(output.split('\n').filter((line) => line.includes('naru'))).toEqual([])
  })

  it.each(['naru-gateway@.service', 'naru-origin@.service'])('keep the exposure of %s low', (name) => {
    const folder = copyUnits()
    const args = ['security', '--offline=true', `--threshold=${EXPOSURE_TENTHS_MAX}`, `./${name}`]
    const { status, output } = analyze(args, folder)
    expect(output).toContain('Overall exposure level')
    expect(status).toBe(0)
  })
})
