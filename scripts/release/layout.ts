/**
 * Where a release has what programs find by their own URL, `new URL('…', import.meta.url)`: the path of the source, and
 * its path in the release. The build refuses a URL that is not in these lists.
 */

/** Programs, worker threads and child processes: each becomes a bundle, one folder below the root. */
export const PROGRAMS = {
  'gateway/main.ts': 'gateway/main.mjs',
  'gateway/web/rendering/render-worker.ts': 'gateway/render-worker.mjs',
  'gateway/beacon/verify-thread.ts': 'gateway/verify-thread.mjs',
  'origin/main.ts': 'origin/main.mjs',
  'origin/accounts/hashing-process.ts': 'origin/hashing-process.mjs',
  'origin/notifications/print-process.ts': 'origin/print-process.mjs',
  'scripts/host/main.ts': 'host/main.mjs',
  'scripts/develop/sandbox-provider/main.ts': 'sandbox/main.mjs',
  'scripts/operate/trace/main.ts': 'host/trace.mjs',
} as const satisfies Record<string, `${string}/${string}.mjs`>

/** Files and folders that are copied, or built (the assets). */
export const FILES = {
  'gateway/web/assets/built': 'assets',
  'shared/redis/lua': 'lua',
  'drizzle/migrations': 'migrations',
  'node_modules/@expo-google-fonts': 'fonts',
  'scripts/host/units': 'units',
} as const satisfies Record<string, string>

/** Packages with parts that are not JavaScript: a release has them as they are. */
export const NATIVE_PACKAGES = ['sharp', '@node-rs/argon2'] as const

/** The path in a release of a source path, or undefined for one that a release does not have. */
export function releasePath(source: string): string | undefined {
  const isFolder = source.endsWith('/')
  const path = isFolder ? source.slice(0, -1) : source
  const found = new Map<string, string>([...Object.entries(PROGRAMS), ...Object.entries(FILES)]).get(path)
  return found === undefined || !isFolder ? found : `${found}/`
}
