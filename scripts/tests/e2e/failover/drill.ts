import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RedisLoss } from '../../../load/chaos/fault.ts'
import type { RedisKind } from '../../../load/chaos/redis.ts'
import { type FailoverDrill, startFailoverDrill } from './sale.ts'

/** For a busy host; a sale takes about twenty seconds on an idle one. */
const SALE_TIMEOUT_MS = 240_000

/**
 * One test for each way of losing Redis, all on one system. What a sale is judged by is in scripts/load/chaos/compare.ts and
 * in the audit: what fans were told about places, passes, payments and orders is so, and the service was back.
 */
export function preservesConfirmedOutcomes(
  redis: RedisKind,
  losses: readonly [words: string, RedisLoss][],
): void {
  let drill: FailoverDrill

  beforeAll(async () => {
    drill = await startFailoverDrill(redis)
  }, SALE_TIMEOUT_MS)

  afterAll(() => drill.stop(), SALE_TIMEOUT_MS)

  it.each(losses)(
    'H9: keeps what fans were told when Redis %s',
    { timeout: SALE_TIMEOUT_MS },
    async (_, loss) => {
      const { report, text } = await drill.sell(loss)
      expect(report.holds, text).toBe(true)
      // The sale continued: there was state to preserve, before and after.
      expect(report.outcomes['confirmed'], text).toBeGreaterThan(report.fans / 2)
      expect(report.backs, text).toHaveLength(1)
    },
  )
}
