import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../develop/stores/testing.ts'

const SCRIPT = readFileSync(join(import.meta.dirname, '../../../terraform/files/rollout.sh'), 'utf8')

let root: string

/** A host with two releases, of which the second is current, and programs that note how they were called. */
beforeEach(() => {
  root = temporaryFolder()
  const note = (name: string, more = '') => `#!/bin/sh\necho "${name} $*" >>${root}/calls\n${more}`
  const programs: Record<string, string> = {
    'usr/local/sbin/naru-bootstrap': note('bootstrap', `exit "$(cat ${root}/status)"\n`),
    'bin/systemctl': note('systemctl', `[ "$1" != show ] || cat ${root}/process\n`),
    'opt/naru/releases/2/bin/naru': note('naru'),
  }
  for (const folder of ['usr/local/sbin', 'bin', 'run', 'opt/naru/releases/1/bin', 'opt/naru/releases/2/bin'])
    mkdirSync(join(root, folder), { recursive: true })
  for (const [path, text] of Object.entries(programs)) writeFileSync(join(root, path), text, { mode: 0o755 })
  for (const version of [1, 2]) {
    const program = join(root, `opt/naru/releases/${version}/bin/node`)
    copyFileSync('/bin/sleep', program)
    chmodSync(program, 0o755)
  }
  symlinkSync('releases/2', join(root, 'opt/naru/current'))
  writeFileSync(join(root, 'status'), '0')
  writeFileSync(join(root, 'process'), '0')
})

/** Runs the sandbox of a release until the test is over. */
async function runSandbox(version: number): Promise<void> {
  const sandbox = spawn(join(root, `opt/naru/releases/${version}/bin/node`), ['60'])
  onTestFinished(() => void sandbox.kill())
  await once(sandbox, 'spawn')
  writeFileSync(join(root, 'process'), `${sandbox.pid}`)
}

function rollOut(action = 'rollout') {
  const script = SCRIPT.replaceAll('{{ action }}', action).replaceAll(
    /\/(?:opt|usr\/local|run)\//g,
    (path) => `${root}${path}`,
  )
  const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env['PATH']}` }
  const { status } = spawnSync('sh', ['-c', script], { env })
  const calls = existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : ''
  return { status, calls: calls.split('\n').filter((line) => line !== '' && !line.includes(' show ')) }
}

describe('the rollout on a host', () => {
  it('restarts the sandbox that runs from another release', async () => {
    await runSandbox(1)
    const { status, calls } = rollOut()
    expect([status, calls]).toEqual([0, ['bootstrap ', 'systemctl restart naru-sandbox.service']])
  })

  it('leaves the sandbox of the current release as it is, and a host without one', async () => {
    expect(rollOut()).toEqual({ status: 0, calls: ['bootstrap '] })
    await runSandbox(2)
    expect(rollOut()).toEqual({ status: 0, calls: ['bootstrap ', 'bootstrap '] })
  })

  it('fails when the release does not become ready, and leaves the sandbox as it is', async () => {
    await runSandbox(1)
    writeFileSync(join(root, 'status'), '1')
    expect(rollOut()).toEqual({ status: 1, calls: ['bootstrap '] })
  })

  it('only fetches the release when told to', () => {
    expect(rollOut('fetch')).toEqual({ status: 0, calls: ['naru aws fetch'] })
  })
})
