import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { HostPaths } from '../system/host.ts'

const RolloutSchema = z.object({
  at: z.string(),
  /** Why nothing changed; missing after a success. */
  failure: z.string().optional(),
})
type LastRollout = z.infer<typeof RolloutSchema>

const fileOf = ({ naru }: HostPaths) => join(naru, 'last-rollout.json')

/** How the last rollout on this host ended; undefined before the first. */
export async function readLastRollout(paths: HostPaths): Promise<LastRollout | undefined> {
  try {
    return RolloutSchema.parse(JSON.parse(await readFile(fileOf(paths), 'utf8')))
  } catch {
    return undefined
  }
}

export async function writeLastRollout(paths: HostPaths, rollout: LastRollout): Promise<void> {
  const file = fileOf(paths)
  await mkdir(paths.naru, { recursive: true })
  await writeFile(`${file}.new`, `${JSON.stringify(rollout)}\n`)
  await rename(`${file}.new`, file)
}
