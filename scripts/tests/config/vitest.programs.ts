import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { buildPrograms } from '../../develop/start/programs.ts'
import type {} from '../../develop/start/testing.ts'

const FOLDER = fileURLToPath(new URL(`../../../node_modules/.cache/programs-${process.pid}`, import.meta.url))

/** Builds the programs that systems under test run from, once for all projects: those are set up one after the other. */
export async function setup(project: TestProject): Promise<() => void> {
  if (!existsSync(FOLDER)) await buildPrograms(FOLDER)
  project.provide('programs', FOLDER)
  return () => rmSync(FOLDER, { recursive: true, force: true })
}
