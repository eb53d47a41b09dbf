import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { failureLines } from '../../develop/stores/failure.ts'
import { findProgram } from '../../develop/stores/programs.ts'
import { openAuthority } from './hosts/certificates.ts'
import type { InsideSettings } from './inside/settings.ts'
import { TITLES } from './inside/titles.ts'
import { buildReleases, type Releases } from './releases.ts'
import { formatRow, formatTotals, ROWS, type Row, RowSchema, runSteps, type Step } from './run-steps.ts'
import { cleanUp, findRemains, SANDBOX } from './sandbox.ts'
import { fetchingSteps, isComplete, type Tools } from './tools/fetch.ts'

const ABOUT = `Rehearses AWS from nothing to a sale and back to nothing, on one Debian machine, without AWS.

  scripts/test-aws [--only=tools]

Fetches its tools into .data/aws-lab, where they stay. Then, in namespaces of its own that have no way out and that leave
nothing: applies the module in terraform/, translated for the AWS provider 3.39, to a simulated AWS (moto) and plans it
again; boots an origin's host and a gateway's host from the user-data of that plan as systemd machines with the limits of
a t3.small, beside a host with MySQL 9.7 and Redis; sells a recorded sale through a caching proxy, with a rollout, a broken
release, a lost host and a lost network in between; audits; destroys. Takes up to 30 minutes, 10 of them for tools.

It needs root (namespaces, mounts, control groups), Debian's packages, Python 3 with venv, and Go unless there is a
terraform or tofu on PATH.

What it cannot show: IAM's decisions, RDS, ElastiCache, CloudFront, load balancers and SSM themselves; the newest AWS
provider's own checks (scripts/test compares the module with its schema). The rehearsal stands for CloudFront's function,
for ElastiCache's AUTH and for the SSM agent. Where control groups are of version 1 (or mixed), the limits of each unit
(MemoryMax) do not count, only those of each host.

Exit status: 0 when every step has passed, 1 otherwise, 2 when it could not begin.`

const LIMIT_MS = 30 * 60_000
const NEEDED = [
  'setpriv',
  'unshare',
  'nsenter',
  'ip',
  'mount',
  'openssl',
  'git',
  'npm',
  'python3',
  'apt-get',
  'dpkg',
]
const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = join(root, '.data/aws-lab')
const { env, stdout } = process

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const [option, ...more] = args
  if (option === '--help' || option === '-h') return print(ABOUT, 0)
  if (more.length > 0 || (option !== undefined && option !== '--only=tools')) return print(ABOUT, 2)
  const obstacle = whyNotHere()
  if (obstacle !== undefined) return print(obstacle, 2)
  await mkdir(folder, { recursive: true })
  await cleanUp(folder)
  return rehearse(option === '--only=tools')
}

function print(text: string, status: number): number {
  stdout.write(`${text}\n`)
  return status
}

function whyNotHere(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'scripts/test-aws runs on Linux on x64 only.'
  if (process.getuid?.() !== 0)
    return 'scripts/test-aws needs root: it makes namespaces, mounts and control groups.'
  const missing = NEEDED.filter((name) => findProgram([name], env) === undefined)
  if (findProgram(['terraform', 'tofu', 'go'], env) === undefined) missing.push('go (or terraform or tofu)')
  if (missing.length > 0) return `Missing here: ${missing.join(', ')}. Install them with apt-get.`
  const { processes } = findRemains(folder)
  return processes.length > 0 ? `Another rehearsal runs: ${processes.join(', ')}` : undefined
}

async function rehearse(onlyTools: boolean): Promise<number> {
  const rows: Row[] = []
  const onRow = (row: Row): void => {
    rows.push(row)
    stdout.write(`${formatRow(row)}\n`)
  }
  const beganMs = performance.now()
  const deadlineMs = beganMs + LIMIT_MS
  const onFailure = (_: Step, lines: readonly string[]): void => {
    stdout.write(`${lines.map((line) => `    ${line}`).join('\n')}\n`)
  }
  const options = { deadlineMs, now: () => performance.now(), onRow, onFailure }
  const { steps, found } = fetchingSteps({ folder, env })
  const releases: { built?: Releases } = {}
  const outside: Step[] = steps.map(({ title, fetch }, i) => ({
    ...{ name: `tools-${i}`, title, limitSeconds: 900 },
    run: async () => {
      await fetch()
      return ''
    },
  }))
  if (!onlyTools) outside.push(buildingStep(releases))
  await runSteps(outside, options)
  if (!onlyTools) {
    await enterSandbox({ tools: found, releases: releases.built, deadlineMs }, onRow)
    await runSteps([cleaningStep()], options)
  }
  const minutes = ((performance.now() - beganMs) / 60_000).toFixed(1)
  stdout.write(`\n  ${formatTotals(rows)}, in ${minutes} minutes. Logs: ${join(folder, 'logs')}\n`)
  return rows.every(({ verdict }) => verdict === 'passed') ? 0 : 1
}

function buildingStep(releases: { built?: Releases }): Step {
  return {
    ...{
      name: 'releases',
      title: 'Three releases: this commit, the next version, a broken one',
      limitSeconds: 600,
    },
    run: async () => {
      releases.built = await buildReleases({ root, folder: join(folder, 'releases'), env })
      const { first, second, broken } = releases.built
      const { size } = await stat(first.file)
      const versions = [first, second, broken].map(({ version }) => version).join(', ')
      return `${versions}; ${(size / 1e6).toFixed(1)} MB each`
    },
  }
}

function cleaningStep(): Step {
  return {
    ...{ name: 'clean', title: 'Nothing is left: processes, mounts, control groups', limitSeconds: 60 },
    run: async () => {
      await rm(join(folder, 'run'), { recursive: true, force: true })
      const { processes, mounts, groups } = await cleanUp(folder)
      const remains = [...processes, ...mounts, ...groups]
      if (remains.length > 0) throw new Error(`left: ${remains.join('; ')}`)
      return ''
    },
  }
}

type SandboxOptions = { tools: Partial<Tools>; releases: Releases | undefined; deadlineMs: number }

/** Runs the steps that need namespaces; those that a sudden end has left out have rows too. */
async function enterSandbox(options: SandboxOptions, onRow: (row: Row) => void): Promise<void> {
  const { tools, releases, deadlineMs } = options
  if (!isComplete(tools)) return leaveOut(TITLES, 'needs the tools', onRow)
  const [run, logs] = [join(folder, 'run'), join(folder, 'logs')]
  for (const each of [run, logs]) {
    await rm(each, { recursive: true, force: true })
    await mkdir(each, { recursive: true, mode: 0o700 })
  }
  const { certificate } = await openAuthority(join(run, 'authority'), env)
  const limitMs = Math.max(0, deadlineMs - performance.now())
  const settings: InsideSettings = { root, run, logs, tools, releases, limitMs }
  const admitted = join(root, 'scripts/tests/aws-lab/inside/main.ts')
  const command = [...SANDBOX, process.execPath, admitted, JSON.stringify(settings)]
  const child = spawn('setpriv', command, {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    env: { ...env, NODE_EXTRA_CA_CERTS: certificate },
  })
  let rows = 0
  const reading = readRows(child.stdio[ROWS], (row) => {
    rows += 1
    onRow(row)
  })
  await untilEnded(child, limitMs)
  await reading
  leaveOut(TITLES.slice(rows), 'the rehearsal ended before', onRow)
}

function leaveOut(titles: readonly string[], note: string, onRow: (row: Row) => void): void {
  for (const title of titles) onRow({ title, seconds: 0, verdict: 'not run', note })
}

async function readRows(stream: unknown, onRow: (row: Row) => void): Promise<void> {
  if (!(stream instanceof Readable)) return
  for await (const line of createInterface({ input: stream })) onRow(RowSchema.parse(JSON.parse(line)))
}

/** Ctrl-C and the limit of time end the sandbox as a whole; what it leaves is removed as always. */
async function untilEnded(child: ChildProcess, limitMs: number): Promise<void> {
  const kill = (): void => void child.kill('SIGKILL')
  const timer = setTimeout(kill, limitMs)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, kill)
  try {
    await once(child, 'exit')
  } catch (error) {
    stdout.write(`${failureLines(error).join('\n')}\n`)
  } finally {
    clearTimeout(timer)
  }
}
