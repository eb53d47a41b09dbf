import { execFileSync } from 'node:child_process'
import type { Version } from './version.ts'

type CycloneDx = { serialNumber?: string; metadata: Record<string, unknown> }

/**
 * The packages of a release, in CycloneDX, as npm lists them from the lock file. What changes from one call to the next
 * is left out: the time is the commit's, and the serial number is optional.
 */
export function billOfMaterials(root: string, { version, createdAt }: Version): string {
  const args = ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only', '--loglevel=error']
  const text = execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  const { serialNumber: _, metadata, ...rest } = JSON.parse(text) as CycloneDx
  const { tools: __, ...known } = metadata
  const bill = {
    ...rest,
    metadata: {
      ...known,
      timestamp: createdAt.toISOString(),
      properties: [{ name: 'release', value: version }],
    },
  }
  return `${JSON.stringify(bill, undefined, 2)}\n`
}
