import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { processStart } from './lock.ts'
import { waitUntil } from './wait.ts'

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'naru-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

export type Program = {
  child: ChildProcess
  /** The next line it prints, or undefined after the last. */
  line(): Promise<string | undefined>
}

/** Runs a throw-away TypeScript program, which imports modules of ours by URL; it is killed with the test. */
export function runProgram(source: string): Program {
  const file = join(temporaryFolder(), 'program.ts')
  writeFileSync(file, source)
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, line: async () => (await lines.next()).value }
}

/** The URL of a module, as text to put into a program. */
export function moduleUrl(path: string, from: string): string {
  return JSON.stringify(new URL(path, from).href)
}

/** Whether there is a process of this ID: what is no ID at all would be gone as soon as it is looked for. */
export function isRunning(pid: number): boolean {
  return Number.isInteger(pid) && pid > 0 && processStart(pid) !== undefined
}

/** Waits until the process is gone; false when it takes too long. */
export function isGone(pid: number, timeoutMs = 30_000): Promise<boolean> {
  return waitUntil(() => processStart(pid) === undefined, { timeoutMs })
}
