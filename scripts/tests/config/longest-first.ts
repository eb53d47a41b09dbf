import type { TestSpecification } from 'vitest/node'
import { BaseSequencer } from 'vitest/node'

/**
 * Files that take more than a minute, the longest first. Started last, one of them would run alone at the end; a fresh
 * clone has no times of earlier runs by which vitest could know.
 */
const LONGEST: readonly string[] = [
  'scripts/tests/e2e/hostile-input.test.ts',
  'scripts/tests/browser/pages.test.ts',
  'scripts/tests/e2e/failover-replaced.test.ts',
  'scripts/tests/e2e/failover-other.test.ts',
  'scripts/load/chaos/chaos.test.ts',
  'scripts/tests/e2e/failover-cluster.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const group = (file: TestSpecification) => file.project.config.sequence.groupOrder
    return sorted.toSorted((a, b) => group(a) - group(b) || rank(a) - rank(b))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((path) => moduleId.endsWith(path))
  return index === -1 ? LONGEST.length : index
}
