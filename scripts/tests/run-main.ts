import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { compileCache } from '../develop/stores/compile-cache.ts'

export type MainResult = { status: number; stdout: string; stderr: string }

/** Runs the command of a folder in a separate process, as npm does. */
export function runMain(
  folder: string,
  args: readonly string[],
  env: Record<string, string | undefined> = process.env,
): Promise<MainResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(folder, 'main.ts'), ...args],
      { env: { ...compileCache(), ...env } },
      (_, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}
