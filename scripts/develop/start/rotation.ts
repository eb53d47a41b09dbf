import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

export type RotationOptions = { bytesMax: number; everyMs: number }

/**
 * Keeps the logs of a folder from growing without end: one that is too large becomes `.1`, in place of the one
 * before, and starts again. The programs keep their files open for appending, so each file stays and is emptied;
 * lines written in that moment are lost.
 */
export function startRotation(folder: string, { bytesMax, everyMs }: RotationOptions): { stop(): void } {
  const timer = setInterval(() => {
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.log'))) {
      const file = join(folder, name)
      if (statSync(file).size <= bytesMax) continue
      copyFileSync(file, `${file}.1`)
      truncateSync(file)
    }
  }, everyMs)
  return { stop: () => clearInterval(timer) }
}
