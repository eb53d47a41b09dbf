import { execFile, spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { findProgram } from '../stores/programs.ts'
import { isGone, temporaryFolder } from '../stores/testing.ts'
import { waitUntil } from '../stores/wait.ts'

const SCRIPTS = fileURLToPath(new URL('../..', import.meta.url))
const TOOLS = [
  'sh',
  'dirname',
  'cmp',
  'cat',
  'date',
  'mktemp',
  'head',
  'sed',
  'rm',
  'cp',
  'mkdir',
  'chmod',
  'touch',
]

/** A checkout with the real first steps, and a PATH with the stand-ins that the test gives it. */
function checkout(programs: Record<string, string>) {
  const root = temporaryFolder()
  mkdirSync(join(root, 'scripts/develop/start'), { recursive: true })
  copyFileSync(join(SCRIPTS, 'up'), join(root, 'scripts/up'))
  cpSync(join(SCRIPTS, 'develop/start/runtime.sh'), join(root, 'scripts/develop/start/runtime.sh'))
  writeFileSync(join(root, 'package-lock.json'), '{}')
  const bin = join(root, 'bin')
  mkdirSync(bin)
  for (const tool of TOOLS) symlinkSync(findProgram([tool], process.env) ?? tool, join(bin, tool))
  for (const [name, script] of Object.entries(programs)) writeProgram(join(bin, name), script)
  const run = (...args: string[]) => runScript(join(root, 'scripts/up'), args, bin)
  return { root, bin, run }
}

function writeProgram(path: string, script: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}

function runScript(script: string, args: string[], PATH: string) {
  return new Promise<{ status: unknown; out: string; err: string }>((resolve) => {
    execFile(script, args, { env: { PATH }, timeout: 20_000 }, (error, out, err) => {
      resolve({ status: error === null ? 0 : error.code, out, err })
    })
  })
}

const NODE_24 = 'case $1 in --version) echo v24.1.0 ;; *) echo "ran $*" ;; esac'
const NPM = 'echo "$*" >>npm.calls; mkdir -p node_modules'

it('shows its help and refuses what it does not know before it installs anything', async () => {
  const { run } = checkout({})
  expect(await run('--help')).toMatchObject({
    status: 0,
    err: '',
    out: expect.stringMatching(/^Usage: scripts\/up/),
  })
  const { status, err } = await run('--fresh', '--frsh')
  expect([status, err]).toEqual([
    2,
    'scripts/up does not know --frsh; scripts/up --help shows what it knows.\n',
  ])
})

it('says in one line that npm is missing', async () => {
  const { status, err } = await checkout({ node: NODE_24 }).run()
  expect(status).toBe(1)
  expect(err).toMatch(/^npm is missing: install .*\n$/)
})

it('says in one line that Node is missing or too old', async () => {
  const missing = await checkout({ npm: NPM }).run()
  expect(missing.err).toMatch(/^Node is missing: install Node 24 .*\n$/)
  const old = await checkout({ npm: NPM, node: 'echo v22.5.0' }).run()
  expect(old.err).toMatch(/^Node is v22\.5\.0: install Node 24 .*\n$/)
})

it('installs from the lock file once, and again when the lock file has changed', async () => {
  const { root, run } = checkout({ npm: NPM, node: NODE_24 })
  const first = await run('--fresh')
  expect(first.out).toMatch(
    /^ {2}✓ Dependencies \(npm ci\) +\d+\.\d s\nran scripts\/develop\/start\/main\.ts --fresh\n$/,
  )
  const second = await run()
  expect(second.out).toBe('ran scripts/develop/start/main.ts\n')
  writeFileSync(join(root, 'package-lock.json'), '{ "changed": true }')
  await run()
  const calls = readFileSync(join(root, 'npm.calls'), 'utf8')
  expect(calls).toBe('ci --ignore-scripts --no-audit --no-fund --loglevel=error\n'.repeat(2))
})

it('shows why npm failed, and tries again the next time', async () => {
  const { root, run } = checkout({ npm: `${NPM}; echo "npm error network" >&2; exit 1`, node: NODE_24 })
  const first = await run()
  expect(first.status).toBe(1)
  expect(first.out).toMatch(/✗ Dependencies/)
  expect(first.err).toMatch(/^ {2}\| npm error network\nnpm could not install .*\n$/)
  await run()
  expect(readFileSync(join(root, 'npm.calls'), 'utf8').split('\n')).toHaveLength(3)
})

it('prefers the Node that the packages bring, unless that one cannot run here', async () => {
  const brings = (script: string) =>
    `${NPM}; mkdir -p node_modules/.bin; printf '#!/bin/sh\\n${script}\\n' >node_modules/.bin/node; chmod +x node_modules/.bin/node`
  const brought = await checkout({ npm: brings('echo v24.9.0 brought'), node: NODE_24 }).run()
  expect(brought.out).toMatch(/v24\.9\.0 brought\n$/)
  const broken = checkout({ npm: brings('exit 127'), node: NODE_24 })
  expect((await broken.run()).out).toMatch(/ran scripts\/develop\/start\/main\.ts\n$/)
  expect(existsSync(join(broken.root, 'node_modules/.bin/node'))).toBe(false)
})

it('takes npm along when it is stopped while npm works', async () => {
  const { root, bin } = checkout({ npm: 'echo $$ >npm.pid; exec sleep 1000', node: NODE_24 })
  const started = spawn(join(root, 'scripts/up'), { env: { PATH: bin }, stdio: 'ignore' })
  const pidFile = join(root, 'npm.pid')
  expect(await waitUntil(() => readFileSync(pidFile, 'utf8').endsWith('\n'), { timeoutMs: 10_000 })).toBe(
    true,
  )
  started.kill('SIGTERM')
  expect(await isGone(Number(readFileSync(pidFile, 'utf8')))).toBe(true)
  expect(await isGone(started.pid ?? 0)).toBe(true)
})
