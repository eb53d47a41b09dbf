import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const TEMPLATE = readFileSync(
  join(import.meta.dirname, '../../../terraform/files/bootstrap.sh.tftpl'),
  'utf8',
)

let root: string
let archive: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'naru-bootstrap-'))
  for (const folder of ['opt/naru', 'etc/naru', 'run', 'bin', 'release/bin'])
    mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'release/bin/naru'), `#!/bin/sh\necho "$0 $*" >>${root}/calls\n`, { mode: 0o755 })
  archive = join(root, 'release.tar.gz')
  execFileSync('tar', ['-czf', archive, '-C', root, 'release'])
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

/** What terraform makes of the template for a gateway, with every path below a folder of this test. */
function script(): string {
  return TEMPLATE.replace(/%\{ if role == "origin" ~\}\n[\s\S]*?%\{ endif ~\}\n/, '')
    .replaceAll(/\$\{name\}/g, 'naru')
    .replaceAll(/\$\{region\}/g, 'ap-northeast-2')
    .replaceAll('$${', '${')
    .replaceAll(/\/(?:opt|etc|run)\//g, (path) => `${root}${path}`)
}

/** An AWS CLI that knows one parameter and one object. */
function provide(release: Record<string, string> | undefined): void {
  const parameter = release === undefined ? 'exit 254' : `echo '${JSON.stringify(release)}'`
  const getObject = `echo "$*" >>${root}/asked; for target; do :; done; cp ${archive} "$target"`
  const text = `#!/bin/bash\ncase "$1 $2" in\n'ssm get-parameter') ${parameter};;\n's3api get-object') ${getObject};;\nesac\n`
  writeFileSync(join(root, 'bin/aws'), text, { mode: 0o755 })
}

function bootstrap(): { status: number | null; stderr: string } {
  // Bash may read the .bashrc of its home, which could put another `aws` in front.
  const env = { ...process.env, HOME: root, PATH: `${join(root, 'bin')}:${process.env['PATH']}` }
  return spawnSync('bash', ['-c', script()], { env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
}

const release = (changed: Record<string, string> = {}) => ({
  ...{ version: '1.0.0-abc', bucket: 'releases', key: 'releases/naru.tar.gz', versionId: 'v1' },
  sha256: createHash('sha256').update(readFileSync(archive)).digest('hex'),
  ...changed,
})
const calls = () => (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : '')

describe('the bootstrap of a host', () => {
  it('fetches the version of the release that the parameter names, and hands over to its host program', () => {
    provide(release())
    expect(bootstrap()).toMatchObject({ status: 0, stderr: '' })
    expect(calls()).toBe(`${root}/opt/naru/releases/1.0.0-abc/bin/naru aws apply\n`)
    expect(readFileSync(join(root, 'asked'), 'utf8')).toContain('--key releases/naru.tar.gz --version-id v1')
  })

  it('refuses a release with another checksum and installs nothing', () => {
    provide(release({ sha256: '0'.repeat(64) }))
    const { status, stderr } = bootstrap()
    expect(status).toBe(1)
    expect(stderr).toContain(
      'the release 1.0.0-abc does not match the checksum in /naru/release: not installed',
    )
    expect(calls()).toBe('')
    expect(existsSync(join(root, 'opt/naru/releases/1.0.0-abc'))).toBe(false)
  })

  it('says in one line that the parameter of the release is missing', () => {
    provide(undefined)
    expect(bootstrap()).toEqual(
      expect.objectContaining({
        status: 1,
        stderr: 'naru-bootstrap: the parameter /naru/release cannot be read; trying again\n',
      }),
    )
  })

  it('leaves a host that has a current release to that one', () => {
    provide(undefined)
    mkdirSync(join(root, 'opt/naru/current/bin'), { recursive: true })
    const text = `#!/bin/sh\necho "current $*" >>${root}/calls\n`
    writeFileSync(join(root, 'opt/naru/current/bin/naru'), text, { mode: 0o755 })
    expect(bootstrap().status).toBe(0)
    expect(calls()).toBe('current aws apply\n')
  })
})
