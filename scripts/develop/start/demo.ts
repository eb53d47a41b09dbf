import { join } from 'node:path'
import { z } from 'zod'
import type { Env } from '../../../shared/runtime/env.ts'
import { runCommand } from '../stores/command.ts'
import { Failure } from '../stores/failure.ts'
import { passedOn } from './environment.ts'

export type DatabaseTask = { root: string; env: Env; databaseUrl: string; signal: AbortSignal }

/** The output of `scripts/operate/seed/main.ts --demo`. */
const demo = z.object({
  festival: z.string(),
  accounts: z.array(z.object({ role: z.string(), email: z.string(), password: z.string() })),
})

export type Demo = z.infer<typeof demo>

const MIGRATE_TIMEOUT_MS = 10 * 60_000
const SEED_TIMEOUT_MS = 5 * 60_000

/** Migrates the database's schema. */
export async function migrate(task: DatabaseTask): Promise<void> {
  await run(task, 'The migration', ['scripts/operate/migrate.ts'], MIGRATE_TIMEOUT_MS)
}

/** Creates the demo festival and its accounts, or finds the existing ones. */
export async function seedDemo(task: DatabaseTask): Promise<Demo> {
  const text = await run(task, 'The seeding', ['scripts/operate/seed/main.ts', '--demo'], SEED_TIMEOUT_MS)
  try {
    return demo.parse(JSON.parse(text))
  } catch (error) {
    throw new Failure('scripts/operate/seed/main.ts --demo printed something else than its JSON', {
      details: [String(error)],
    })
  }
}

function run(
  { root, env, databaseUrl, signal }: DatabaseTask,
  name: string,
  [script = '', ...args]: string[],
  timeoutMs: number,
): Promise<string> {
  return runCommand({
    name,
    command: process.execPath,
    args: [join(root, script), ...args],
    env: { ...passedOn(env), DATABASE_URL: databaseUrl },
    cwd: root,
    timeoutMs,
    advice: 'scripts/up --fresh starts over with an empty database.',
    signal,
  })
}
