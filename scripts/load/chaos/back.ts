import { z } from 'zod'
import { pause } from '../../../shared/runtime/loop.ts'
import type { ChaosSystem } from './system.ts'

/** A process may not have noticed its loss yet: only a lasting state counts as recovered. */
const STEADY_MS = 4000
const POLL_MS = 100
const ANSWER_TIMEOUT_MS = 1000

const StatusSchema = z.object({ stale: z.boolean(), phase: z.enum(['open', 'paused', 'sold-out']) })

/**
 * Waits until every process is ready and every gateway serves the room again, and stays so for a while.
 *
 * @returns how many milliseconds it took until the beginning of that while; undefined when it was not reached in time
 */
export async function untilBack(
  { gatewayUrls, readyUrls }: Pick<ChaosSystem, 'gatewayUrls' | 'readyUrls'>,
  { room, timeoutMs, signal }: { room: string; timeoutMs: number; signal: AbortSignal },
): Promise<number | undefined> {
  const startedMs = performance.now()
  const elapsedMs = () => performance.now() - startedMs
  let sinceMs: number | undefined
  while (elapsedMs() < timeoutMs && !signal.aborted) {
    const askedMs = elapsedMs()
    const good = await Promise.all([
      ...readyUrls.map(async (url) => (await answerOf(url)) !== undefined),
      ...gatewayUrls.map(async (url) => serves(await answerOf(`${url}/api/rooms/${room}/status`))),
    ])
    sinceMs = good.every(Boolean) ? (sinceMs ?? askedMs) : undefined
    if (sinceMs !== undefined && elapsedMs() - sinceMs >= STEADY_MS) return sinceMs
    await pause(POLL_MS, signal)
  }
  return undefined
}

function serves(text: string | undefined): boolean {
  const status = StatusSchema.safeParse(text === undefined ? undefined : JSON.parse(text))
  return status.success && !status.data.stale
}

/** The body of a 2xx response; undefined for any other. */
async function answerOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
    const text = await response.text()
    return response.ok ? text : undefined
  } catch {
    return undefined
  }
}
