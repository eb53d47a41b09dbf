import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import type { Env } from '../../../shared/runtime/env.ts'
import { foldersOf } from '../../develop/start/folders.ts'

/**
 * An environment with the keys and images of the system that scripts/up runs in this checkout. They belong to that one
 * alone: where the environment names a database, it must have the keys too.
 */
export function withDevelopment(env: Env): Env {
  if (env['DATABASE_URL'] !== undefined) return env
  const { keys, images } = foldersOf(fileURLToPath(new URL('../../..', import.meta.url)))
  return { ...(existsSync(keys) ? parseEnv(readFileSync(keys, 'utf8')) : {}), IMAGE_FOLDER: images, ...env }
}
